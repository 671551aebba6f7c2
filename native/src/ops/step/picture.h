// A picture's number as a byte: round(255 * clamp(x/2 + 1/2, 0, 1)), every operation rounded to float32, halves to the nearest even; 0 for NaN. What diffusers makes of it,
// and Java's Images.pixels.
#pragma once

#include "base/host_device.h"

namespace lgv {

LGV_HOST_DEVICE uint32_t byte_of(float x) {
    float v = fused(x, 0.5f, 0.5f);
    v = v > 0 ? v : 0.0f;
    v = v < 1 ? v : 1.0f;
    return bits_of(fused(v, 255.0f, 0.0f) + 0x1p+23f) & 0xffu;  // whose last bits are the integer
}

}  // namespace lgv
