// One pixel of a resampled image: the weighted sum of a few pixels, over all channels.
#pragma once

#include <cstdint>

namespace lgv {

constexpr int most_resample_taps = 17;  // 16, and the pixel itself where a derivative is added to it

struct ResampleTaps {
    const float* x[most_resample_taps];
    float weight[most_resample_taps];
    int count;  // at least 1
};

struct ResampleKernels {
    // y[c] = weight[0] x[0][c] + weight[1] x[1][c] + ..., from left to right, fused from the second product on. y may be one of x.
    void (*pixel)(const ResampleTaps& taps, float* y, int64_t channels);
};

}  // namespace lgv
