// bfloat16: the upper half of a float. Rounding is to the nearest, ties to even; a NaN stays one.
#pragma once

#include "base/host_device.h"

namespace lgv {

struct bf16 {
    uint16_t bits;
};

LGV_HOST_DEVICE float to_float(bf16 a) { return float_of(uint32_t(a.bits) << 16); }

LGV_HOST_DEVICE bf16 to_bf16(float a) {
    const uint32_t bits = bits_of(a);
    if ((bits & 0x7fffffffu) > 0x7f800000u) return {uint16_t(bits >> 16 | 0x40u)};
    return {uint16_t((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16)};
}

// Two in a word, `low` in the lower half: what matrix instructions take.
LGV_HOST_DEVICE uint32_t pack_bf16(float low, float high) {
#ifdef __CUDA_ARCH__
    uint32_t both;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(both) : "f"(high), "f"(low));
    return both;
#else
    return uint32_t(to_bf16(low).bits) | uint32_t(to_bf16(high).bits) << 16;
#endif
}

LGV_HOST_DEVICE float low_of(uint32_t both) { return float_of(both << 16); }
LGV_HOST_DEVICE float high_of(uint32_t both) { return float_of(both & 0xffff0000u); }

}  // namespace lgv
