// Classifiers on a GPU: pictures of bytes and of floats, in chunks, beside the same on the CPU.
#include <algorithm>
#include <cmath>

#include "tests/cuda/cuda_bench.h"
#include "tests/cuda/seeded_model.h"

namespace lgv::testing {
namespace {

constexpr const char* config = R"({"_class_name": "LangevinClassifier", "sample_size": 4, "in_channels": 3, "block_out_channels": [8, 16], "layers_per_block": 1,
    "norm_num_groups": 4, "features": 5, "num_classes": 3})";
constexpr int32_t of_picture = 3 * 4 * 4, classes = 3, features = 5;
constexpr int32_t more_than_a_chunk = 260;  // which are 256 at most

struct Said {
    std::vector<float> logits, features;
};

Said classify(Model& model, const void* images, int32_t count, int32_t kind) {
    Said said{std::vector<float>(size_t(count * classes), NAN), std::vector<float>(size_t(count * features), NAN)};
    model.classify({.images = images, .pixels = kind, .height = 0, .width = 0, .count = count}, said.logits.data(), said.features.data());
    expect_no_findings();
    return said;
}

std::vector<uint8_t> pictures(int32_t count) {
    std::vector<uint8_t> bytes;
    for (const float value : normals(3, int64_t(count) * of_picture)) bytes.push_back(uint8_t(std::clamp(127.5f + 60 * value, 0.0f, 255.0f)));
    return bytes;
}

void expect_near(const std::vector<float>& got, const std::vector<float>& wanted, float share) {
    const float tolerance = share * largest(wanted);
    for (size_t i = 0; i < wanted.size(); ++i) ASSERT_NEAR(got[i], wanted[i], tolerance) << "number " << i;
}

// Float32 is within 1e-5 of the largest number a layer; each layer of bfloat16 (ten of them, rounded with errors that are not of one sign) adds up to 2^-8 of it.
TEST(CudaClassifier, says_what_the_cpu_says_of_bytes_and_of_floats) {
    const std::vector<uint8_t> bytes = pictures(5);
    const std::vector<float> floats = normals(4, 5 * of_picture);
    for (const int32_t kind : {LGV_PIXELS_UINT8, LGV_PIXELS_FLOAT32}) {
        const void* images = kind == LGV_PIXELS_UINT8 ? static_cast<const void*>(bytes.data()) : floats.data();
        const Said wanted = classify(*seeded_model("cpu", config), images, 5, kind);
        for (const auto& [device, share] : {std::pair{"cuda/float32", 1e-5f}, {"cuda", 4.0f / 256}}) {
            SCOPED_TRACE(::testing::Message() << device << ", pixels " << kind);
            const Said got = classify(*seeded_model(device, config), images, 5, kind);
            expect_near(got.logits, wanted.logits, share);
            expect_near(got.features, wanted.features, share);
        }
    }
}

TEST(CudaClassifier, says_the_same_bits_of_a_picture_alone_and_in_any_company) {
    const auto model = seeded_model("cuda", config);
    std::vector<uint8_t> images = pictures(more_than_a_chunk);
    const Said all = classify(*model, images.data(), more_than_a_chunk, LGV_PIXELS_UINT8);
    for (const float logit : all.logits) ASSERT_TRUE(std::isfinite(logit));
    for (const int32_t i : {0, 7, 255, 256, 259}) {  // of both chunks
        SCOPED_TRACE(::testing::Message() << "picture " << i);
        const Said one = classify(*model, images.data() + i * of_picture, 1, LGV_PIXELS_UINT8);
        expect_same_bits(one.logits.data(), all.logits.data() + i * classes, classes);
        expect_same_bits(one.features.data(), all.features.data() + i * features, features);
    }
    const Said few = classify(*model, images.data() + 250 * of_picture, 10, LGV_PIXELS_UINT8);  // in other rows, and beside others
    expect_same_bits(few.logits.data(), all.logits.data() + 250 * classes, 10 * classes);
    expect_same_bits(few.features.data(), all.features.data() + 250 * features, 10 * features);
}

TEST(CudaClassifier, leaves_features_out_that_nobody_wants) {
    const auto model = seeded_model("cuda", config);
    const std::vector<uint8_t> images = pictures(3);
    const Said both = classify(*model, images.data(), 3, LGV_PIXELS_UINT8);
    std::vector<float> logits(3 * classes);
    model->classify({.images = images.data(), .pixels = LGV_PIXELS_UINT8, .height = 4, .width = 4, .count = 3}, logits.data(), nullptr);
    expect_same_bits(logits.data(), both.logits.data(), 3 * classes);
}

}  // namespace
}  // namespace lgv::testing
