// Noising of training images against its reference: equal to the bit, since every operation of both is rounded correctly and in one order.
#include "ops/noising/noising.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "base/philox.h"

namespace lgv {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

std::vector<float> random_values(int64_t n, uint32_t seed) {
    std::mt19937 generator(seed);
    std::normal_distribution<float> normal;
    std::vector<float> values(static_cast<size_t>(n));
    for (float& value : values) value = normal(generator);
    return values;
}

std::vector<uint8_t> random_bytes(int64_t n, uint32_t seed) {
    std::mt19937 generator(seed);
    std::vector<uint8_t> values(static_cast<size_t>(n));
    for (uint8_t& value : values) value = uint8_t(generator());
    return values;
}

struct Noised {
    std::vector<float> x, target;
    friend bool operator==(const Noised&, const Noised&) = default;
};

// Room for all images and a guard behind them.
Noised noised(int threads, const std::vector<NoisedImage>& images, const Shape& shape) {
    const size_t n = images.size() * size_t(shape.per_image());
    Noised got{std::vector<float>(n + 9, nan), std::vector<float>(n + 9, nan)};
    if (threads == 0) {
        noise_images_reference(images, shape, got.x.data(), got.target.data());
    } else {
        ThreadTeam team(threads);
        noise_images(team, images, shape, got.x.data(), got.target.data());
    }
    for (std::vector<float>* values : {&got.x, &got.target}) {
        for (size_t i = n; i < n + 9; ++i) EXPECT_TRUE(std::isnan((*values)[i])) << "written beyond the last image";
        values->resize(n);
    }
    return got;
}

const Shape shapes[] = {{1, 1, 1, 1},  {1, 28, 28, 1}, {1, 5, 7, 2},   {1, 1, 1, 3},   {1, 32, 32, 3}, {1, 13, 3, 3}, {1, 64, 65, 3},
                        {1, 9, 9, 4},  {1, 16, 16, 4}, {1, 16, 17, 5}, {1, 3, 1100, 1}, {1, 7, 9, 130}, {1, 70, 61, 1}};

TEST(NoiseImages, equals_the_reference_in_any_batch_with_any_number_of_threads) {
    for (const Shape& shape : shapes) {
        const int64_t n = shape.per_image();
        const std::vector<float> floats = random_values(n, 1), noise = random_values(n, 2);
        const std::vector<uint8_t> bytes = random_bytes(n, 3);
        std::vector<NoisedImage> images;
        for (const bool is_bytes : {false, true})
            for (const bool flip : {false, true})
                for (const bool is_given : {false, true})
                    images.push_back({.pixels = is_bytes ? static_cast<const void*>(bytes.data()) : floats.data(), .bytes = is_bytes, .flip = flip,
                                      .noise = is_given ? noise.data() : nullptr, .seed = 40 + images.size(),
                                      .a = 0.8f, .b = 0.6f, .s = 1.25f, .u = -0.6f, .v = 0.8f});
        const Noised wanted = noised(0, images, shape);
        for (const int threads : {1, 2, 3}) EXPECT_EQ(noised(threads, images, shape), wanted) << to_text(shape) << ", " << threads << " threads";
        // Alone, an image has the bits that it has in the batch.
        for (size_t i = 0; i < images.size(); ++i) {
            const Noised alone = noised(2, {images[i]}, shape);
            const ptrdiff_t row = ptrdiff_t(i) * n;
            EXPECT_TRUE(std::equal(alone.x.begin(), alone.x.end(), wanted.x.begin() + row)) << to_text(shape) << ", image " << i;
            EXPECT_TRUE(std::equal(alone.target.begin(), alone.target.end(), wanted.target.begin() + row)) << to_text(shape) << ", image " << i;
        }
    }
}

// Two rows of three pixels, two channels: by hand.
TEST(NoiseImages, mirrors_the_picture_and_not_the_noise) {
    const std::vector<float> pixels = {1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60};
    const std::vector<float> noise = {.125f, .25f, .375f, .5f, .625f, .75f, .1875f, .3125f, .4375f, .5625f, .6875f, .8125f};
    const Noised got = noised(1, {{.pixels = pixels.data(), .flip = true, .noise = noise.data(), .a = 1, .b = 1, .s = 2, .u = 0, .v = 1}}, {1, 2, 3, 2});
    EXPECT_EQ(got.x, (std::vector<float>{6.25f, 60.375f, 4.5f, 40.625f, 2.75f, 20.875f, 13, 121.125f, 11.25f, 101.375f, 9.5f, 81.625f}));
    EXPECT_EQ(got.target, (std::vector<float>{.125f, .1875f, .25f, .3125f, .375f, .4375f, .5f, .5625f, .625f, .6875f, .75f, .8125f}));
}

TEST(NoiseImages, a_byte_is_itself_over_127_and_a_half_less_1) {
    std::vector<uint8_t> bytes(256);
    for (size_t i = 0; i < 256; ++i) bytes[i] = uint8_t(i);
    for (const int threads : {0, 1}) {
        const Noised got = noised(threads, {{.pixels = bytes.data(), .bytes = true, .a = 1, .b = 0, .u = 1, .v = 0}}, {1, 16, 16, 1});
        for (int i = 0; i < 256; ++i) EXPECT_EQ(got.x[size_t(i)], float(i / 127.5 - 1)) << i;
        EXPECT_EQ(got.x.front(), -1);
        EXPECT_EQ(got.x.back(), 1);
        EXPECT_EQ(got.target, got.x);
    }
}

// With these x_t is the noise itself: the numbers of one seed are a promise, as those of a sample are.
TEST(NoiseImages, makes_the_noise_of_the_seed_in_c_h_w_order) {
    const Shape shape{1, 5, 7, 3};
    const Noised got = noised(2, {{.seed = 7, .a = 0, .b = 1}, {.seed = 1ull << 63, .a = 0, .b = 1}}, shape);
    for (const uint64_t seed : {uint64_t(7), uint64_t(1) << 63}) {
        std::vector<float> normals(105);
        philox_normals(seed, 0, Purpose::train_noise, 0, 105, normals.data());
        const ptrdiff_t row = seed == 7 ? 0 : 105;
        for (int64_t p = 0; p < 35; ++p)
            for (int64_t c = 0; c < 3; ++c) EXPECT_EQ(got.x[size_t(row + p * 3 + c)], normals[size_t(c * 35 + p)]);
    }
    EXPECT_EQ(got.target, got.x);
    const float frozen[] = {0.204942748f, -0.278564185f, 0.200858355f, 1.34659529f, 0.0658154339f, 0.37557295f};
    for (size_t i = 0; i < 6; ++i) EXPECT_EQ(got.x[i * 3], frozen[i]) << "element " << i;
}

TEST(NoiseImages, does_not_read_what_has_no_coefficient) {
    const Shape shape{1, 6, 7, 3};
    const int64_t n = shape.per_image();
    const std::vector<float> good = random_values(n, 1), bad(size_t(n), nan), zeros(size_t(n), 0.0f);
    for (const int threads : {0, 1, 2}) {
        // No x0 anywhere: not even its pointer is looked at.
        const Noised noise_alone = noised(threads, {{.noise = good.data(), .a = 0, .b = 0.5f, .u = 0, .v = 2}}, shape);
        EXPECT_EQ(noise_alone, noised(threads, {{.pixels = zeros.data(), .noise = good.data(), .a = 1, .b = 0.5f, .u = 1, .v = 2}}, shape));
        // No noise anywhere.
        const Noised clean_alone = noised(threads, {{.pixels = good.data(), .noise = bad.data(), .a = 0.5f, .b = 0, .u = 2, .v = 0}}, shape);
        EXPECT_EQ(clean_alone, noised(threads, {{.pixels = good.data(), .noise = zeros.data(), .a = 0.5f, .b = 1, .u = 2, .v = 1}}, shape));
        // One sum reads what the other does not.
        const Noised eps = noised(threads, {{.pixels = bad.data(), .noise = good.data(), .a = 1, .b = 1, .u = 0, .v = 1}}, shape);
        const Noised x0 = noised(threads, {{.pixels = good.data(), .noise = bad.data(), .a = 1, .b = 1, .u = 1, .v = 0}}, shape);
        for (int64_t i = 0; i < n; ++i) {
            EXPECT_TRUE(std::isnan(eps.x[size_t(i)]) && std::isnan(x0.x[size_t(i)]));
            EXPECT_FALSE(std::isnan(eps.target[size_t(i)]) || std::isnan(x0.target[size_t(i)]));
        }
        // s = 0: nothing goes into x_t, nothing at all into either where u and v are 0 too.
        const Noised target_alone = noised(threads, {{.pixels = bad.data(), .noise = good.data(), .a = 1, .b = infinity, .s = 0, .u = 0, .v = 1}}, shape);
        EXPECT_EQ(target_alone.x, zeros);
        EXPECT_EQ(target_alone.target, eps.target);
        EXPECT_EQ(noised(threads, {{.pixels = bad.data(), .noise = bad.data(), .a = 0, .b = 0, .u = 0, .v = 0}}, shape), (Noised{zeros, zeros}));
    }
}

TEST(NoiseImages, without_a_target_makes_the_same_pictures_and_reads_nothing_for_it) {
    const Shape shape{1, 6, 7, 3};
    const std::vector<float> good = random_values(shape.per_image(), 1), bad(size_t(shape.per_image()), nan);
    const std::vector<NoisedImage> images{{.pixels = good.data(), .flip = true, .noise = bad.data(), .a = 1, .b = 0, .u = 0, .v = 1}};
    const std::vector<float> wanted = noised(0, images, shape).x;
    std::vector<float> plain(wanted.size()), fast(wanted.size());
    noise_images_reference(images, shape, plain.data(), nullptr);
    ThreadTeam team(2);
    noise_images(team, images, shape, fast.data(), nullptr);
    EXPECT_EQ(plain, wanted);
    EXPECT_EQ(fast, wanted);
}

TEST(NoiseImages, of_no_images_writes_nothing) { EXPECT_TRUE(noised(2, {}, {1, 4, 4, 3}).x.empty()); }

}  // namespace
}  // namespace lgv
