// Images as bytes.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "ops/step/picture.h"
#include "ops/step/step.h"

namespace lgv {
namespace {

TEST(Pictures, equal_the_reference_with_any_number_of_threads) {
    const Shape shapes[] = {{1, 1, 1, 1}, {1, 28, 28, 1}, {1, 5, 7, 2}, {1, 32, 32, 3}, {1, 64, 65, 3}, {1, 9, 9, 4}, {1, 3, 5, 70}};
    std::mt19937 generator(1);
    std::normal_distribution<float> normal;
    for (const Shape& shape : shapes) {
        const int64_t n = shape.elements(), images = 4;
        std::vector<float> x(static_cast<size_t>(images * n));
        for (float& v : x) v = normal(generator);
        x[0] = NAN;
        x.back() = INFINITY;
        std::vector<const float*> planes;
        for (int64_t i = 0; i < images; ++i) planes.push_back(x.data() + (images - 1 - i) * n);  // any plane, any place
        std::vector<uint8_t> wanted(size_t(images * n + 16), 9);
        write_pictures_reference(planes, shape, wanted.data());
        for (const int threads : {1, 2, 3}) {
            ThreadTeam team(threads);
            std::vector<uint8_t> got(wanted.size(), 9);
            write_pictures(team, planes, shape, got.data());
            EXPECT_EQ(got, wanted) << to_text(shape) << ", " << threads << " threads";
        }
    }
}

TEST(Pictures, turn_planes_into_pixels) {
    const std::vector<float> x = {-1, 0, 1, 2, -2, 0.5f, -0.5f, NAN};
    const float* const image = x.data();
    std::vector<uint8_t> y(8);
    ThreadTeam team(1);
    write_pictures(team, {&image, 1}, {1, 2, 2, 2}, y.data());
    EXPECT_EQ(y, (std::vector<uint8_t>{0, 0, 128, 191, 255, 64, 255, 0}));  // 127.5 goes to 128, the even one
}

// What a picture file was read as goes back to the bytes that it had.
TEST(Pictures, give_every_byte_back) {
    for (int byte = 0; byte < 256; ++byte) EXPECT_EQ(byte_of(float(byte) / 127.5f - 1), uint32_t(byte));
}

// The definition is that of diffusers and of Java, to the bit; round(127.5 x + 127.5) is another where x lies next to a half.
TEST(Pictures, are_rounded_as_they_are_elsewhere_next_to_every_half) {
    int others = 0;
    for (int half = 0; half < 255; ++half) {
        float x = float((half + 0.5) / 127.5 - 1);
        for (int i = 0; i < 64; ++i) x = std::nextafter(x, -2.0f);
        for (int i = 0; i < 128; ++i, x = std::nextafter(x, 2.0f)) {
            const float shade = std::min(std::max(x / 2 + 0.5f, 0.0f), 1.0f);
            ASSERT_EQ(byte_of(x), uint32_t(std::nearbyint(255 * shade))) << x;
            others += byte_of(x) != uint32_t(std::nearbyint(std::fma(x, 127.5f, 127.5f)));
        }
    }
    EXPECT_GT(others, 0);
}

}  // namespace
}  // namespace lgv
