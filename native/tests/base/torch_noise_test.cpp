// PyTorch's CPU generator against recorded torch.randn calls, the engine against the words its authors published, and the two ways
// against each other where calls mix.
#include "base/mt19937.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "base/error.h"
#include "io/safetensors.h"
#include "tests/io/goldens.h"

namespace lgv {
namespace {

// Distance in neighbouring floats.
int64_t ulps(float a, float b) {
    const auto place = [](float value) {
        int32_t bits;
        std::memcpy(&bits, &value, 4);
        return bits < 0 ? -int64_t(bits & 0x7fffffff) : int64_t(bits);
    };
    return std::abs(place(a) - place(b));
}

TEST(Mt19937, gives_the_words_that_the_standard_promises) {
    Mt19937 engine(5489);  // C++: the 10000th word of a default-constructed std::mt19937 is 4123659995
    uint32_t word = 0;
    for (int i = 0; i < 10000; ++i) word = engine.next();
    EXPECT_EQ(word, 4123659995u);
}

// 4 ulp: PyTorch's own float32 logarithm and sine, which differ between processors, are up to that far from the exact value.
TEST(TorchGenerator, matches_every_recorded_noise_case) {
    const std::vector<GoldenCase> cases = golden_cases("noise");
    EXPECT_FALSE(cases.empty());
    for (const GoldenCase& golden : cases) {
        const Fields fields = golden.fields();
        ASSERT_EQ(fields.string("generator"), "torch-cpu") << golden.name();
        TorchGenerator generator(fields.natural("seed"));
        const Safetensors file(golden.tensors());
        for (size_t call = 0; call < fields.at("shapes").array("shapes").size(); ++call) {
            const TensorView recorded = file.at(text("call", call));
            std::vector<float> want(size_t(recorded.elements())), got(want.size());
            to_float(recorded, want.data());
            generator.normals(got.data(), int64_t(got.size()));
            for (size_t i = 0; i < got.size(); ++i) {
                ASSERT_LE(ulps(got[i], want[i]), 4) << golden.name() << " call " << call << " element " << i << ": " << got[i] << ", torch " << want[i];
            }
        }
    }
}

// torch.manual_seed(0); torch.rand(3), as anybody can see it printed.
TEST(TorchGenerator, uniforms_are_torchs) {
    float got[3];
    TorchGenerator(0).uniforms(got, 3);
    EXPECT_EQ(got[0], 0.49625658988952637f);
    EXPECT_EQ(got[1], 0.7682217955589294f);
    EXPECT_EQ(got[2], 0.08847743272781372f);
}

TEST(TorchGenerator, takes_the_low_32_bits_of_a_seed) {
    float low[20], high[20];
    TorchGenerator(7).normals(low, 20);
    TorchGenerator(7 + (uint64_t{5} << 32)).normals(high, 20);
    EXPECT_EQ(std::memcmp(low, high, sizeof low), 0);
}

TEST(TorchGenerator, the_second_of_a_short_pair_waits_while_a_long_call_passes) {
    TorchGenerator pair(3), split(3);
    float two[2], one[1], longer[16], other[1];
    pair.normals(two, 2);
    split.normals(one, 1);
    split.normals(longer, 16);
    split.normals(other, 1);
    EXPECT_EQ(one[0], two[0]);
    EXPECT_EQ(other[0], two[1]);
}

TEST(TorchGenerator, no_numbers_change_nothing_and_fewer_are_refused) {
    TorchGenerator plain(3), asked(3);
    float a[16], b[16];
    asked.normals(b, 0);
    plain.normals(a, 16);
    asked.normals(b, 16);
    EXPECT_EQ(std::memcmp(a, b, sizeof a), 0);
    EXPECT_THROW(asked.normals(b, -1), Error);
    EXPECT_THROW(asked.uniforms(b, -1), Error);
}

TEST(TorchGenerator, a_million_normals_are_finite_and_normal) {
    std::vector<float> values(1 << 20);
    TorchGenerator(1).normals(values.data(), int64_t(values.size()));
    double sum = 0, squares = 0;
    for (float v : values) {
        ASSERT_TRUE(std::isfinite(v));
        sum += v;
        squares += double(v) * v;
    }
    EXPECT_NEAR(sum / double(values.size()), 0, 4.0 / 1024);                     // four standard errors
    EXPECT_NEAR(squares / double(values.size()), 1, 4.0 / 1024 * std::sqrt(2.0));
}

}  // namespace
}  // namespace lgv
