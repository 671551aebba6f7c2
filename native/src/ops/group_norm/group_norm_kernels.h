// The two sweeps over the pixels that GroupNorm is made of, for one instruction set.
#pragma once

#include <cstdint>

#include "ops/op.h"

namespace lgv {

struct GroupNormKernels {
    // sum[c] = the sum over pixels of x[pixel, c], square[c] that of its square, in double, in ascending order of the pixels.
    // Pixels are `row` floats apart.
    void (*sums)(const float* x, int64_t row, int64_t pixels, int64_t channels, double* sum, double* square);
    // y[pixel, c] = act((x[pixel, c] - mean[c]) * factor[c] + offset[c])
    void (*apply)(const float* x, int64_t x_row, float* y, int64_t y_row, int64_t pixels, int64_t channels, const float* mean, const float* factor,
                  const float* offset, Activation act);
};

}  // namespace lgv
