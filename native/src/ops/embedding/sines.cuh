// Sine and cosine of large angles without doubles: whole turns come off in integers, as in philox.h, whose polynomials do the rest.
#pragma once

#include "base/philox.h"
#include "device/cuda/kernel.cuh"

namespace lgv {

struct CosSin {
    float cos, sin;
};

// Of `word` / 2^32 turns and `rest` radians, |rest| <= 2 pi / 2^33: within 6e-8.
LGV_DEVICE CosSin cos_sin_of(uint32_t word, float rest) {
    const TwoNormals at = cos_sin_of_turn(word);
    return {fused(-rest, at.second, at.first), fused(rest, at.first, at.second)};
}

// angle / 2 pi modulo 1 in units of 2^-64, for a finite angle >= 0 (Payne and Hanek 1983). With angle = m 2^k, m an integer of 24 bits, the bits of 1 / 2 pi before place
// k make whole turns, and those from place k + 96 on make less than 2^-72: so 96 bits are multiplied with m.
LGV_DEVICE uint64_t turns_of(float angle) {
    // 1 / 2 pi behind 96 zeros
    constexpr uint32_t inverse[10] = {0, 0, 0, 0x28be60db, 0x9391054a, 0x7f09d5f4, 0x7d4d3770, 0x36d8a566, 0x4f10e410, 0x7f9458ea};
    const uint32_t bits = bits_of(angle);
    const int32_t place = int32_t(bits >> 23) - 150 + 96;
    if (place < 0) return 0;  // below 2^-72
    const uint64_t m = (bits & 0x7fffffu) | 0x800000u;
    const int first = place >> 5, shift = place & 31;
    uint32_t w[4] = {};
#pragma unroll
    for (int i = 0; i < 7; ++i) {
        if (i == first) w[0] = inverse[i], w[1] = inverse[i + 1], w[2] = inverse[i + 2], w[3] = inverse[i + 3];
    }
    const auto word = [&](int i) { return uint32_t(((uint64_t(w[i]) << 32 | w[i + 1]) << shift) >> 32); };
    return (uint64_t(uint32_t(m * word(0))) << 32) + m * word(1) + (m * word(2) >> 32);
}

LGV_DEVICE CosSin cos_sin_of_angle(float angle) {
    const uint32_t sign = bits_of(angle) & 0x80000000u;
    const float size = float_of(bits_of(angle) ^ sign);
    if (!(size < float_of(0x7f800000u))) return {float_of(0x7fc00000u), float_of(0x7fc00000u)};
    const uint64_t turns = turns_of(size);
    const uint32_t word = uint32_t((turns + 0x80000000u) >> 32);
    const float rest = float(int32_t(uint32_t(turns))) * 0x1.921fb6p-62f;  // what `word` is short of, in 2^-64 turns
    const CosSin at = cos_sin_of(word, rest);
    return {at.cos, float_of(bits_of(at.sin) ^ sign)};
}

// A number in two floats.
struct TwoFloats {
    float high, low;
};

// ln t for a normal t > 0, to 5e-10: t = 2^e m, m in [sqrt 1/2, sqrt 2), ln m = 2 artanh(s) = 2 (s + s^3/3 + s^5/5 + ...),
// s = (m - 1) / (m + 1) in two floats.
LGV_DEVICE TwoFloats log_of(float t) {
    const int32_t e = int32_t(bits_of(t) - 0x3F3504F3u) >> 23;  // 0x3F3504F3 is sqrt 1/2
    const float m = float_of(bits_of(t) - (uint32_t(e) << 23));
    const float above = m - 1.0f;  // exact
    const float below = m + 1.0f, lost = m - (below - 1.0f);
    const float s = __fdiv_rn(above, below);
    const float s_low = __fdiv_rn(fused(-s, lost, fused(-s, below, above)), below);
    const float z = s * s;
    float p = 0x1.3b13b2p-3f;  // 2/13
    p = fused(p, z, 0x1.745d18p-3f);  // 2/11
    p = fused(p, z, 0x1.c71c72p-3f);  // 2/9
    p = fused(p, z, 0x1.24924ap-2f);  // 2/7
    p = fused(p, z, 0x1.99999ap-2f);  // 2/5
    p = fused(p, z, 0x1.555556p-1f);  // 2/3
    const float whole = float(e) * 0x1.62e4p-1f;  // ln 2 in two floats: exact here, the other below
    const float part = 2.0f * s;
    const float high = whole + part;
    const float error = (whole - (high - (high - whole))) + (part - (high - whole));  // of that sum (Knuth)
    const float low = error + fused(float(e), 0x1.7f7d1cp-20f, fused(p * z, s, 2.0f * s_low)), all = high + low;
    return {all, low - (all - high)};
}

// Of 2 pi w x.
LGV_DEVICE CosSin cos_sin_of_turns(float w, TwoFloats x) {
    const float turns = w * x.high, error = fused(w, x.high, -turns);
    const float part = turns - rintf(turns);  // exact
    // In units of 2^-32; from 2^-8 turns on nothing is left behind the point.
    const float units = part * 0x1p+32f, whole = rintf(units);
    const float rest = (units - whole) * 0x1p-32f + fused(w, x.low, error);
    return cos_sin_of(uint32_t(int64_t(whole)), rest * 0x1.921fb6p+2f);
}

}  // namespace lgv
