// Noise that is made where it is needed: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", 2011)
// and standard normals from it.
//
//     key     = the image's 64-bit seed
//     counter = (element / 4 in C H W order, draw, purpose, 0)    four 32-bit words -> the normals of elements 4k .. 4k+3
//
// Words (0, 1) give normals 0 and 1, words (2, 3) give 2 and 3, by Box-Muller: sqrt(-2 ln u) * (cos, sin)(2 pi v). Logarithm, sine and
// cosine are polynomials of our own over fma, and no product feeds a sum outside an fma, so that every compiler, processor and GPU gives the
// same bits. tests/base/philox_test.cpp freezes them: another bit is another picture for every seed.
// Cost: about 220 operations for four normals, no memory; in bulk on the CPU about 2 ns a normal.
#pragma once

#include "base/host_device.h"

namespace lgv {

// The third word of the counter: what a random number is for, so that no two uses of one seed share numbers.
// data_order is Java's (io.langevin.data.Shuffle). initial_weights: the key is the training's seed, the draw the parameter's place in the table, the element is the parameter's.
enum class Purpose : uint32_t { sample = 0, dropout = 1, train_noise = 2, train_timestep = 3, data_order = 4, initial_weights = 5 };

struct PhiloxWords {
    uint32_t w[4];
};

struct TwoNormals {
    float first, second;
};

LGV_HOST_DEVICE PhiloxWords philox4x32(PhiloxWords counter, uint32_t key0, uint32_t key1) {
    uint32_t a = counter.w[0], b = counter.w[1], c = counter.w[2], d = counter.w[3];
    for (int round = 0; round < 10; ++round) {
        const uint64_t left = uint64_t{0xD2511F53} * a;
        const uint64_t right = uint64_t{0xCD9E8D57} * c;
        a = uint32_t(right >> 32) ^ b ^ key0;
        b = uint32_t(right);
        c = uint32_t(left >> 32) ^ d ^ key1;
        d = uint32_t(left);
        key0 += 0x9E3779B9;
        key1 += 0xBB67AE85;
    }
    return {{a, b, c, d}};
}

// The four words of elements 4 * block .. 4 * block + 3.
LGV_HOST_DEVICE PhiloxWords philox_words(uint64_t seed, uint32_t draw, Purpose purpose, uint32_t block) {
    return philox4x32({{block, draw, uint32_t(purpose), 0}}, uint32_t(seed), uint32_t(seed >> 32));
}

// (0, 1]: (word + 1/2) / 2^32, rounded. The smallest is 2^-33, so no logarithm meets 0 and no normal is beyond 6.77. Small values, the
// tails, keep all 24 bits.
LGV_HOST_DEVICE float unit_float(uint32_t word) { return fused(float(word), 0x1p-32f, 0x1p-33f); }

// ln(u) for u in (0, 1], to 0.9 ulp. u = 2^e * (1 + f) with 1 + f in [sqrt 1/2, sqrt 2); ln(1 + f) = f + f^2 P(f), and P is minimax
// for the relative error (4.2e-9).
LGV_HOST_DEVICE float log_of_unit(float u) {
    const int32_t e = int32_t(bits_of(u) - 0x3F3504F3) >> 23;  // 0x3F3504F3 is sqrt 1/2
    const float f = float_of(bits_of(u) - (uint32_t(e) << 23)) - 1.0f;
    float p = -0x1.383ebcp-4f;
    p = fused(p, f, 0x1.087e60p-3f);
    p = fused(p, f, -0x1.0f4f0ep-3f);
    p = fused(p, f, 0x1.226b2ap-3f);
    p = fused(p, f, -0x1.542402p-3f);
    p = fused(p, f, 0x1.99a428p-3f);
    p = fused(p, f, -0x1.000438p-2f);
    p = fused(p, f, 0x1.555550p-2f);
    p = fused(p, f, -0x1.fffff8p-2f);
    const float f2 = f * f;
    return fused(float(e), 0x1.62e430p-1f, fused(p, f2, f));
}

// cos and sin of 2 pi word / 2^32. The nearest quarter turn q comes off in integers, so the rest r in [-1/2, 1/2] quarter turns is
// exact but for its rounding to float; sin(pi/2 r) = r S(r^2), cos(pi/2 r) = 1 + r^2 C(r^2), minimax (2.9e-8, 5e-10).
LGV_HOST_DEVICE TwoNormals cos_sin_of_turn(uint32_t word) {
    const uint32_t q = (word + 0x20000000u) >> 30;
    const float r = float(int32_t(word - (q << 30))) * 0x1p-30f;
    const float z = r * r;
    float s = -0x1.331990p-8f;
    s = fused(s, z, 0x1.4680a4p-4f);
    s = fused(s, z, -0x1.4abc24p-1f);
    s = fused(s, z, 0x1.921fb6p+0f);
    s = s * r;
    float c = 0x1.d4f7eep-11f;
    c = fused(c, z, -0x1.55b2b6p-6f);
    c = fused(c, z, 0x1.03c1b0p-2f);
    c = fused(c, z, -0x1.3bd3ccp+0f);
    c = fused(c, z, 1.0f);
    const uint32_t odd = 0u - (q & 1);  // all ones where sine and cosine change places
    const uint32_t cosine = (bits_of(c) & ~odd) | (bits_of(s) & odd);
    const uint32_t sine = (bits_of(s) & ~odd) | (bits_of(c) & odd);
    return {float_of(cosine ^ (((q + 1) & 2) << 30)), float_of(sine ^ ((q & 2) << 30))};
}

LGV_HOST_DEVICE TwoNormals two_normals(uint32_t word0, uint32_t word1) {
    const float radius = root(-2.0f * log_of_unit(unit_float(word0)));
    const TwoNormals direction = cos_sin_of_turn(word1);
    return {radius * direction.first, radius * direction.second};
}

// The normals of elements first_element .. first_element + count - 1 of one image. Any split of a range gives the same bits.
// An image has at most 2^34 elements. Needs AVX2 and FMA.
void philox_normals(uint64_t seed, uint32_t draw, Purpose purpose, int64_t first_element, int64_t count, float* out);

// What it is made of: 4 * kPhiloxBlocks normals of as many consecutive counters.
constexpr int kPhiloxBlocks = 64;
void philox_normals_of_blocks(uint64_t seed, uint32_t draw, Purpose purpose, uint32_t first_block, float* out);

}  // namespace lgv
