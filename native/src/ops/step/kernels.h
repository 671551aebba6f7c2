// The loops of the step, compiled for AVX2 and FMA. Every operation is correctly rounded, so wider registers would change no bit; nor would
// they gain time, since memory is the bound.
#pragma once

#include <cstdint>

namespace lgv::step_kernels {

void multiply(float* y, float c, const float* x, int64_t n);      // y = c * x
void multiply_add(float* y, float c, const float* x, int64_t n);  // y = c * x + y, rounded once
void clamp(float* y, float limit, int64_t n);                     // y = clamp(y, -limit, limit); NaN stays NaN

// pixels[p][c] = s * planes[c][p], for `n` pixels of planes that are `stride` apart.
void planes_to_pixels(float* pixels, float s, const float* planes, int64_t stride, int64_t channels, int64_t n);

// planes[c][p] = weight * pixels[p][c], or with `add` that plus planes[c][p], rounded once.
void pixels_to_planes(float* planes, float weight, const float* pixels, int64_t stride, int64_t channels, int64_t n, bool add);

}  // namespace lgv::step_kernels
