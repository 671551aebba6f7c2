// Dropout over a run of one image's elements, for one instruction set.
#pragma once

#include <cstdint>

namespace lgv {

// What decides an image's mask: the key's two halves, the layer, and p * 2^32 rounded up, below which a word drops its element.
struct DropoutMask {
    uint32_t key_low, key_high;
    uint32_t layer;
    uint32_t threshold;
};

struct DropoutKernels {
    // y[e] = keep[e] * (factor * x[e]), or with `add` y[e] + that, for elements first_block * 4 and on of the image; x and y begin there.
    void (*apply)(const DropoutMask& mask, uint32_t first_block, const float* x, int64_t count, float factor, bool add, float* y);
};

}  // namespace lgv
