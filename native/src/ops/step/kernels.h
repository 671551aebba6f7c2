// The loops of the step, compiled for AVX2 and FMA. Every operation is correctly rounded, so wider registers would change no bit; nor would
// they gain time, since memory is the bound.
#pragma once

#include <cstdint>

namespace lgv::step_kernels {

void multiply(float* y, float c, const float* x, int64_t n);      // y = c * x
void multiply_add(float* y, float c, const float* x, int64_t n);  // y = c * x + y, rounded once
void clamp(float* y, float limit, int64_t n);                     // y = clamp(y, -limit, limit); NaN stays NaN
void clamp_and_divide(float* y, float limit, int64_t n);          // y = clamp(y, -limit, limit) / limit
void magnitude(float* y, int64_t n);                              // y = |y|

// y = z * exp((w*hi + (1 - w)*lo) / 2), w = (out2 + 1) / 2. y may be z.
void deviate_in_range(float* y, const float* z, const float* out2, float hi, float lo, int64_t n);
void deviate(float* y, const float* z, const float* out2, int64_t n);  // y = z * sqrt(out2). y may be z
void blend(float* y, const float* mask, const float* known, int64_t n);  // y = mask*known + (1 - mask)*y

// pixels[p][c] = s * planes[c][p], for `n` pixels of planes that are `stride` apart.
void planes_to_pixels(float* pixels, float s, const float* planes, int64_t stride, int64_t channels, int64_t n);

// bytes[p][c] = byte_of(planes[c][p])
void planes_to_bytes(uint8_t* bytes, const float* planes, int64_t stride, int64_t channels, int64_t n);

// planes[c][p] = weight * pixels[p][c], or with `add` that plus planes[c][p], rounded once. The pixels are `pitch` numbers apart.
void pixels_to_planes(float* planes, float weight, const float* pixels, int64_t stride, int64_t channels, int64_t pitch, int64_t n, bool add);

}  // namespace lgv::step_kernels
