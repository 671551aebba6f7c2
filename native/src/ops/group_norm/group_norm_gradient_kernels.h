// The two sweeps over the pixels that follow the statistics in GroupNorm's gradient, for one instruction set.
#pragma once

#include <cstdint>

#include "ops/op.h"

namespace lgv {

// What both sweeps go over: `channels` of each pixel. Rows are pixels, in floats; the tables (centre and so on) have room for whole vectors.
struct GroupNormSweep {
    int64_t pixels, channels;
    const float* x;
    int64_t x_row;
    float* dz;  // none: it is not kept
    int64_t dz_row;
    const float* centre;
};

struct GroupNormGradientKernels {
    // dz = dy act'((x - centre) * factor + offset), sum[c] = the sum over pixels of dz, product[c] = that of dz (x - centre)
    void (*slopes)(const GroupNormSweep& sweep, const float* dy, int64_t dy_row, const float* factor, const float* offset, Activation act, double* sum,
                   double* product);
    // dx = dz * factor + ((x - centre) * slope + constant), or that much more; dx may be dz. Rows of dx are those of x.
    void (*apply)(const GroupNormSweep& sweep, const float* factor, const float* slope, const float* constant, float* dx, bool add);
};

}  // namespace lgv
