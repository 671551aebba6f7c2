#include "ops/attention/attention.h"

#include "base/error.h"
#include "ops/attention/attention.cpu.h"
#include "ops/attention/softmax.h"
#include "tests/ops/gemm_harness.h"

namespace lgv {

extern const SoftmaxKernels softmax_avx512;
extern const SoftmaxKernels softmax_avx2;

}  // namespace lgv

namespace lgv::testing {
namespace {

const SoftmaxKernels& softmax_of(Isa isa) { return isa == Isa::avx512 ? softmax_avx512 : softmax_avx2; }

struct Layer {
    Bench bench;
    Attention op;

    Layer(int64_t h, int64_t w, int32_t heads, int64_t d, float factor = 1) {
        const Shape image{1, h, w, heads * d};
        op.q = bench.value(image, factor);
        op.k = bench.value(image, factor);
        op.v = bench.value(image);
        op.heads = heads;
    }
};

struct Size {
    int64_t h, w;
    int32_t heads;
    int64_t d;
};

constexpr Size sizes[] = {{1, 1, 1, 1},  {1, 2, 3, 1},   {3, 3, 2, 5},    {7, 7, 4, 16},  {4, 4, 1, 64},   {5, 7, 2, 33},  {1, 31, 1, 8}, {1, 32, 1, 32},
                          {1, 33, 1, 17}, {8, 8, 2, 40}, {16, 16, 1, 96}, {3, 1, 1, 512}, {1, 17, 1, 300}, {27, 38, 1, 3}};

TEST(Attention, is_its_reference) {
    for (Isa isa : all_isas()) {
        for (const Size& s : sizes) {
            for (float factor : {1.0f, 6.0f}) {  // scores of 36 standard deviations: rows with one winner
                SCOPED_TRACE(::testing::Message() << name_of(isa) << " " << s.h << "x" << s.w << ", " << s.heads << " heads of " << s.d << ", factor " << factor);
                const Layer layer(s.h, s.w, s.heads, s.d, factor);
                const std::vector<float> wanted = layer.bench.reference_of(layer.op, {1, 2});
                // A score of at most 5 f^2 is off by a random walk of sqrt(d) half ulps, exp makes that a relative error; then a weighted mean of
                // normals up to 5. Four times that.
                const double tolerance = 4 * 5 * 0x1p-24 * (5 * double(factor * factor) * std::sqrt(double(s.d)) + std::sqrt(double(s.h * s.w)) + 4);
                expect_near(layer.bench.cpu_of(layer.op, {1, 2}, isa, 2), wanted, tolerance);
            }
        }
    }
}

TEST(Attention, long_sequences_go_by_blocks_that_fit_the_cache) {
    for (Isa isa : all_isas()) {
        const Layer layer(64, 64, 1, 2);
        const std::vector<float> wanted = layer.bench.reference_of(layer.op, {1});
        // 4096 weights: sums of 4096 terms, a random walk of 64 half ulps.
        expect_near(layer.bench.cpu_of(layer.op, {1}, isa, 2), wanted, 4 * 64 * 0x1p-24 * double(largest(wanted)));
    }
}

TEST(Attention, a_picture_has_its_own_bits) {
    for (Isa isa : all_isas()) {
        for (const Size& s : {Size{7, 7, 4, 16}, Size{5, 9, 3, 21}, Size{1, 1, 1, 1}}) {
            const Layer layer(s.h, s.w, s.heads, s.d);
            layer.bench.expect_batch_invariance(layer.op, isa);
        }
    }
}

// K^T and V of 20 heads of 512 channels do not fit the workspace together.
TEST(Attention, more_heads_than_the_workspace_holds_take_turns) {
    for (Isa isa : all_isas()) {
        const Layer layer(10, 10, 5, 512);
        const std::vector<float> one = layer.bench.cpu_of(layer.op, {3}, isa), many = layer.bench.cpu_of(layer.op, {1, 2, 4, 3}, isa, 2);
        expect_same_bits(many.data() + 3 * one.size(), one.data(), int64_t(one.size()));
        expect_near(one, layer.bench.reference_of(layer.op, {3}), 4 * 5 * 0x1p-24 * (5 * std::sqrt(512.0) + 10 + 4));
    }
}

TEST(Attention, equal_keys_give_the_mean_of_the_values) {
    for (Isa isa : all_isas()) {
        Layer layer(1, 37, 1, 4);
        layer.op.k = layer.bench.value({1, 1, 37, 4}, 0, 2);
        const std::vector<float> v = layer.bench.numbers(layer.op.v, 1), y = layer.bench.cpu_of(layer.op, {1}, isa);
        for (size_t c = 0; c < 4; ++c) {
            double mean = 0;
            for (size_t i = 0; i < 37; ++i) mean += v[i * 4 + c] / 37;
            for (size_t i = 0; i < 37; ++i) EXPECT_NEAR(y[i * 4 + c], mean, 1e-6);  // means of 37 normals
        }
    }
}

// Beside a 0, an x below -18 leaves the sum at 1, so what comes out is exp(x) itself.
TEST(Softmax, its_exp_is_good_to_one_ulp) {
    for (Isa isa : all_isas()) {
        double worst = 0;
        for (float x = -18; x > -87.3f; x -= 0.00113f) {
            float row[2] = {0, x};
            softmax_of(isa).rows(row, 2, 1, 2);
            ASSERT_EQ(row[0], 1.0f);
            const double exact = std::exp(double(x));
            worst = std::max(worst, std::abs(row[1] - exact) / (double(std::nextafter(float(exact), 1.0f)) - double(float(exact))));
        }
        EXPECT_LT(worst, 1.0) << name_of(isa);
        RecordProperty(name_of(isa), std::to_string(worst));
    }
}

TEST(Softmax, rows_of_any_length_and_size_add_up_to_one) {
    for (Isa isa : all_isas()) {
        for (int64_t length : {1, 2, 7, 8, 9, 15, 16, 17, 33, 48, 49, 255, 4096}) {
            for (float factor : {0.0f, 1.0f, 1e4f, 1e38f}) {
                const int64_t rows = 3, row = length + 2;
                std::vector<float> s = normals(uint64_t(length), rows * row);
                for (float& v : s) v = std::clamp(v, -3.0f, 3.0f) * factor;
                const std::vector<float> before = s;
                softmax_of(isa).rows(s.data(), row, rows, length);
                for (int64_t i = 0; i < rows; ++i) {
                    double sum = 0;
                    for (int64_t j = 0; j < length; ++j) sum += s[size_t(i * row + j)];
                    // Half an ulp for each weight, a random walk for their sum.
                    EXPECT_NEAR(sum, 1, 4 * std::sqrt(double(length)) * 0x1p-24 + 0x1p-23) << name_of(isa) << " length " << length << " factor " << factor;
                    for (int64_t j = length; j < row; ++j) EXPECT_EQ(s[size_t(i * row + j)], before[size_t(i * row + j)]) << "behind the row";
                }
            }
        }
    }
}

TEST(Attention, refuses_what_does_not_fit_with_its_numbers) {
    const auto refusal = [](const Attention& op, const Bench& bench) -> std::string {
        try {
            output_shape(op, bench.shapes(2));
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    };
    Layer layer(3, 3, 2, 5);
    layer.op.heads = 3;
    EXPECT_EQ(refusal(layer.op, layer.bench), "attention: 10 channels do not split into 3 heads");
    layer.op.heads = 0;
    EXPECT_EQ(refusal(layer.op, layer.bench), "attention: 0 heads; at least 1 is needed");
    layer.op.k = layer.bench.value({1, 3, 4, 10});
    EXPECT_EQ(refusal(layer.op, layer.bench), "attention: k is [2, 3, 4, 10], q [2, 3, 3, 10]; they must agree");
    layer.op.k = {};
    EXPECT_EQ(refusal(layer.op, layer.bench), "attention: it needs q, k and v");
}

}  // namespace
}  // namespace lgv::testing
