// The pixels along one axis that one pixel is made of, and their weights. A pixel of an image has the product of two such lists.
#pragma once

#include <cstdint>

#include "ops/resample/resample_kernels.h"

namespace lgv {

struct AxisTaps {
    int64_t at[4];
    float weight[4];
    int count = 0;

    // Leaves out what is not within the image.
    void add(int64_t where, float w, int64_t extent) {
        if (where < 0 || where >= extent) return;
        at[count] = where;
        weight[count++] = w;
    }
};

// Behind the taps that are there, row after row; `width`: pixels in a row of `image`.
inline void add_taps(const AxisTaps& rows, const AxisTaps& columns, const float* image, int64_t width, int64_t channels, ResampleTaps& taps) {
    for (int r = 0; r < rows.count; ++r) {
        for (int s = 0; s < columns.count; ++s) {
            taps.x[taps.count] = image + (rows.at[r] * width + columns.at[s]) * channels;
            taps.weight[taps.count++] = rows.weight[r] * columns.weight[s];
        }
    }
}

}  // namespace lgv
