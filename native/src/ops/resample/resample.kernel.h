// Channels are lanes; the last vector is masked.
#pragma once

#include "ops/resample/resample_kernels.h"

namespace lgv {
namespace {

void pixel(const ResampleTaps& taps, float* y, int64_t channels) {
    for (int64_t c = 0; c < channels; c += lanes) {
        const bool whole = channels - c >= lanes;
        const Mask mask = first(channels - c);
        Vector sum = zeros();
        for (int i = 0; i < taps.count; ++i) {
            const Vector x = whole ? load(taps.x[i] + c) : load(taps.x[i] + c, mask);
            const Vector weight = all(taps.weight[i]);
            sum = i == 0 ? multiply(weight, x) : multiply_add(weight, x, sum);
        }
        if (whole) {
            store(y + c, sum);
        } else {
            store(y + c, sum, mask);
        }
    }
}

}  // namespace
}  // namespace lgv
