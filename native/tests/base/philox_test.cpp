// Philox4x32-10 against its authors' vectors, the polynomials against double, and the frozen bits of langevin's noise.
#include "base/philox.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "base/error.h"

namespace lgv {
namespace {

std::vector<float> normals(uint64_t seed, uint32_t draw, Purpose purpose, int64_t first, int64_t count) {
    std::vector<float> out(size_t(count), std::numeric_limits<float>::quiet_NaN());
    philox_normals(seed, draw, purpose, first, count, out.data());
    return out;
}

double ulp_of(double value) {
    const float nearest = float(std::abs(value));
    return double(std::nextafter(nearest, std::numeric_limits<float>::infinity())) - double(nearest);
}

TEST(Philox, gives_the_known_answers_of_random123) {
    struct Known {
        PhiloxWords counter;
        uint32_t key0, key1;
        PhiloxWords answer;
    };
    const Known known[] = {
        {{{0, 0, 0, 0}}, 0, 0, {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}}},
        {{{~0u, ~0u, ~0u, ~0u}}, ~0u, ~0u, {{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}}},
        {{{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}}, 0xa4093822, 0x299f31d0, {{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}},
    };
    for (const Known& k : known) {
        const PhiloxWords got = philox4x32(k.counter, k.key0, k.key1);
        for (int i = 0; i < 4; ++i) EXPECT_EQ(got.w[i], k.answer.w[i]) << "word " << i;
    }
}

// These bits are a promise to users: a change here changes every picture that was ever drawn with a seed.
TEST(Philox, normals_have_their_frozen_bits) {
    struct Frozen {
        uint64_t seed;
        uint32_t draw;
        Purpose purpose;
        int64_t first;
        uint32_t bits[8];
    };
    const Frozen frozen[] = {
        {0, 0, Purpose::sample, 0, {0x3F7DBB31, 0xBF6CB6AF, 0xBF1E1B9F, 0xBEF6D1B2, 0xBE1D5354, 0x3E392A67, 0x3F54EC97, 0x3E4A2DA2}},
        {7, 0, Purpose::sample, 0, {0x3998DD86, 0xBE9C14E8, 0x3FE4F5FF, 0x3F88B00B, 0x3EC0B7F5, 0xBFA4BCCD, 0x3FE7DF5C, 0xBEFB83EE}},
        {7, 3, Purpose::sample, 782, {0xBF4791C6, 0xBFCB9920, 0xBEA11AE1, 0x3E44F1B6, 0xBF868F87, 0xBBEEE918, 0x3D3B31FB, 0xBFE334DB}},
        {0x8000000000000539, 1000, Purpose::train_noise, (int64_t{1} << 34) - 8,
         {0x3F7F0661, 0x3FE1CE29, 0x3FA76007, 0x3F833FEF, 0x3E410F48, 0xBF42DE10, 0x3D14DCD3, 0x3FCA6238}},
        {~uint64_t{0}, ~uint32_t{0}, Purpose::train_timestep, 3,
         {0x3FC8B300, 0xBDCE3507, 0xBFBDFC4A, 0x3FADD862, 0xC0062854, 0x3FEF632F, 0xBF308B89, 0xBF1A34AA}},
    };
    for (const Frozen& f : frozen) {
        const std::vector<float> got = normals(f.seed, f.draw, f.purpose, f.first, 8);
        for (int i = 0; i < 8; ++i) EXPECT_EQ(bits_of(got[size_t(i)]), f.bits[i]) << "seed " << f.seed << " draw " << f.draw << " element " << f.first + i;
    }
}

// The layout in words: element e is normal e % 4 of counter (e / 4, draw, purpose, 0), computed here one at a time.
TEST(Philox, the_bulk_function_is_the_scalar_one_in_its_place) {
    const int64_t first = 5, count = 4096 + 3;
    const std::vector<float> bulk = normals(99, 12, Purpose::sample, first, count);
    for (int64_t e = first; e < first + count; ++e) {
        const PhiloxWords words = philox4x32({{uint32_t(e / 4), 12, 0, 0}}, 99, 0);
        const int pair = e % 4 < 2 ? 0 : 2;
        const TwoNormals two = two_normals(words.w[pair], words.w[pair + 1]);
        ASSERT_EQ(bits_of(bulk[size_t(e - first)]), bits_of(e % 2 ? two.second : two.first)) << "element " << e;
    }
}

TEST(Philox, a_range_has_the_same_bits_however_it_is_split) {
    const std::vector<float> whole = normals(1, 2, Purpose::sample, 0, 3000);
    for (int64_t piece : {1, 3, 4, 7, 255, 256, 257, 1021}) {
        for (int64_t at = 0; at < 3000; at += piece) {
            const int64_t count = std::min<int64_t>(piece, 3000 - at);
            const std::vector<float> part = normals(1, 2, Purpose::sample, at, count);
            for (int64_t i = 0; i < count; ++i) ASSERT_EQ(bits_of(part[size_t(i)]), bits_of(whole[size_t(at + i)])) << "piece " << piece;
        }
    }
}

TEST(Philox, seeds_draws_and_purposes_share_no_numbers) {
    const std::vector<float> base = normals(5, 0, Purpose::sample, 0, 64);
    for (const auto& other : {normals(6, 0, Purpose::sample, 0, 64), normals(5 + (uint64_t{1} << 32), 0, Purpose::sample, 0, 64),
                              normals(5, 1, Purpose::sample, 0, 64), normals(5, 0, Purpose::dropout, 0, 64)}) {
        for (size_t i = 0; i < 64; ++i) EXPECT_NE(base[i], other[i]) << "element " << i;
    }
}

TEST(Philox, refuses_elements_that_no_image_has) {
    float out[4];
    const int64_t limit = int64_t{1} << 34;
    EXPECT_THROW(philox_normals(0, 0, Purpose::sample, -1, 4, out), Error);
    EXPECT_THROW(philox_normals(0, 0, Purpose::sample, 0, -1, out), Error);
    EXPECT_THROW(philox_normals(0, 0, Purpose::sample, limit - 3, 4, out), Error);
    EXPECT_THROW(philox_normals(0, 0, Purpose::sample, 4, std::numeric_limits<int64_t>::max(), out), Error);
    EXPECT_NO_THROW(philox_normals(0, 0, Purpose::sample, limit, 0, out));
}

TEST(PhiloxPolynomials, the_unit_float_is_never_zero_and_never_above_one) {
    EXPECT_EQ(unit_float(0), 0x1p-33f);
    EXPECT_EQ(unit_float(1), 1.5f * 0x1p-32f);
    EXPECT_EQ(unit_float(~0u), 1.0f);
    EXPECT_EQ(unit_float(0x80000000), 0.5f);
}

TEST(PhiloxPolynomials, the_logarithm_is_good_to_one_ulp) {
    double worst = 0;
    for (uint32_t bits = bits_of(0x1p-33f); bits < bits_of(1.0f); bits += 61) {  // 4.5 million floats, 61 is prime
        const double exact = std::log(double(float_of(bits)));
        worst = std::max(worst, std::abs(log_of_unit(float_of(bits)) - exact) / ulp_of(exact));
    }
    EXPECT_LT(worst, 1.0);  // 0.86 measured: half an ulp of the last fma, the rest from the polynomial and e ln 2
    EXPECT_EQ(log_of_unit(1.0f), 0.0f);
    RecordProperty("worst_ulp", text(worst));
}

TEST(PhiloxPolynomials, cosine_and_sine_are_good_to_two_and_a_half_ulp_and_a_quarter_turn_is_exact) {
    double worst = 0;
    const auto check = [&](uint32_t word) {
        const double angle = 2 * std::numbers::pi * double(word) * 0x1p-32;
        const TwoNormals got = cos_sin_of_turn(word);
        // Near a zero of the double functions the angle's own rounding to double (4e-16) shows; a float of 1e-9 has an ulp of 1e-16.
        worst = std::max(worst, std::abs(got.first - std::cos(angle)) / (ulp_of(std::cos(angle)) + 1e-15));
        worst = std::max(worst, std::abs(got.second - std::sin(angle)) / (ulp_of(std::sin(angle)) + 1e-15));
    };
    for (uint64_t word = 0; word < uint64_t{1} << 32; word += 1009) check(uint32_t(word));  // 4.2 million, 1009 is prime
    for (uint32_t eighth = 0; eighth < 8; ++eighth) {
        for (uint32_t near = 0; near < 1000; ++near) {
            check((eighth << 29) + near);
            check((eighth << 29) - near);
        }
    }
    EXPECT_LT(worst, 2.5);  // four roundings of 2^-24 (r, pi/2, the last fma, the last product), each up to one ulp just above a power of two
    RecordProperty("worst_ulp", text(worst));
    const float cosines[] = {1, 0, -1, 0}, sines[] = {0, 1, 0, -1};
    for (uint32_t quarter = 0; quarter < 4; ++quarter) {
        EXPECT_EQ(cos_sin_of_turn(quarter << 30).first, cosines[quarter]);
        EXPECT_EQ(cos_sin_of_turn(quarter << 30).second, sines[quarter]);
    }
}

// The numbers of docs/numerics.md: the whole of Box-Muller in float32 against the same words in double.
TEST(PhiloxPolynomials, a_normal_is_within_1e_6_of_box_muller_in_double) {
    double worst = 0;
    const auto check = [&](uint32_t word0, uint32_t word1) {
        const double radius = std::sqrt(-2 * std::log(double(unit_float(word0))));
        const double angle = 2 * std::numbers::pi * double(word1) * 0x1p-32;
        const TwoNormals got = two_normals(word0, word1);
        worst = std::max({worst, std::abs(got.first - radius * std::cos(angle)), std::abs(got.second - radius * std::sin(angle))});
    };
    for (uint32_t block = 0; block < 1000000; ++block) {
        const PhiloxWords words = philox_words(3, 0, Purpose::sample, block);
        check(words.w[0], words.w[1]);
        check(words.w[2] >> 20, words.w[3]);  // the far tail: radius 5.3 to 6.8
    }
    EXPECT_LT(worst, 1e-6);  // 2 ulp at 6.77
    RecordProperty("worst", text(worst));
}

// Four standard errors of each moment over n = 2^20 values: sqrt(1/n), sqrt(2/n), sqrt(15/n) for the third moment, sqrt(96/n) for the fourth.
TEST(PhiloxPolynomials, a_million_normals_have_normal_moments) {
    const int64_t n = 1 << 20;
    double sum[5] = {}, neighbours = 0, highest = 0;
    const std::vector<float> values = normals(2024, 0, Purpose::sample, 0, n);
    for (size_t i = 0; i < values.size(); ++i) {
        const double v = values[i];
        ASSERT_TRUE(std::isfinite(v));
        double power = v;
        for (int k = 1; k <= 4; ++k, power *= v) sum[k] += power;
        highest = std::max(highest, std::abs(v));
        if (i) neighbours += v * values[i - 1];
    }
    const double se = 4 / std::sqrt(double(n));
    EXPECT_NEAR(sum[1] / double(n), 0, se);
    EXPECT_NEAR(sum[2] / double(n), 1, se * std::sqrt(2.0));
    EXPECT_NEAR(sum[3] / double(n), 0, se * std::sqrt(15.0));
    EXPECT_NEAR(sum[4] / double(n), 3, se * std::sqrt(96.0));
    EXPECT_NEAR(neighbours / double(n), 0, se);
    EXPECT_GT(highest, 4.4);  // a million normals: 4.4 to 5.7 with probability 0.99
    EXPECT_LT(highest, 5.7);
}

TEST(PhiloxPolynomials, the_longest_normal_is_finite) {
    const TwoNormals longest = two_normals(0, 0);
    EXPECT_NEAR(longest.first, std::sqrt(66 * std::numbers::ln2), 1e-6);
    EXPECT_EQ(longest.second, 0.0f);
    const TwoNormals shortest = two_normals(~0u, 123);
    EXPECT_EQ(shortest.first, 0.0f);
    EXPECT_EQ(shortest.second, 0.0f);
}

}  // namespace
}  // namespace lgv
