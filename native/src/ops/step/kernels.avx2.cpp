#include "ops/step/kernels.h"

#include "base/host_device.h"

namespace lgv::step_kernels {

namespace {

// Pixels that are turned at a time where the number of channels is not known to the compiler: a line of each plane.
constexpr int64_t line = 16;

// A constant number of channels lets the compiler turn whole registers.
template <int64_t channels>
void to_pixels(float* __restrict pixels, float s, const float* __restrict planes, int64_t stride, int64_t n) {
    for (int64_t p = 0; p < n; ++p)
        for (int64_t c = 0; c < channels; ++c) pixels[p * channels + c] = s * planes[c * stride + p];
}

template <int64_t channels, bool add>
void to_planes(float* __restrict planes, float weight, const float* __restrict pixels, int64_t stride, int64_t n) {
    for (int64_t p = 0; p < n; ++p)
        for (int64_t c = 0; c < channels; ++c) {
            const float value = pixels[p * channels + c];
            float& to = planes[c * stride + p];
            to = add ? fused(weight, value, to) : weight * value;
        }
}

template <bool add>
void to_planes(float* __restrict planes, float weight, const float* __restrict pixels, int64_t stride, int64_t channels, int64_t n) {
    switch (channels) {
        case 1: return to_planes<1, add>(planes, weight, pixels, stride, n);
        case 3: return to_planes<3, add>(planes, weight, pixels, stride, n);
        case 4: return to_planes<4, add>(planes, weight, pixels, stride, n);
        default: break;
    }
    for (int64_t first = 0; first < n; first += line) {
        const int64_t end = n - first < line ? n : first + line;
        for (int64_t c = 0; c < channels; ++c)
            for (int64_t p = first; p < end; ++p) {
                const float value = pixels[p * channels + c];
                float& to = planes[c * stride + p];
                to = add ? fused(weight, value, to) : weight * value;
            }
    }
}

}  // namespace

void multiply(float* __restrict y, float c, const float* __restrict x, int64_t n) {
    for (int64_t i = 0; i < n; ++i) y[i] = c * x[i];
}

void multiply_add(float* __restrict y, float c, const float* __restrict x, int64_t n) {
    for (int64_t i = 0; i < n; ++i) y[i] = fused(c, x[i], y[i]);
}

// Both comparisons are false for NaN.
void clamp(float* __restrict y, float limit, int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
        const float above = -limit > y[i] ? -limit : y[i];
        y[i] = limit < above ? limit : above;
    }
}

void planes_to_pixels(float* __restrict pixels, float s, const float* __restrict planes, int64_t stride, int64_t channels, int64_t n) {
    switch (channels) {
        case 1: return to_pixels<1>(pixels, s, planes, stride, n);
        case 3: return to_pixels<3>(pixels, s, planes, stride, n);
        case 4: return to_pixels<4>(pixels, s, planes, stride, n);
        default: break;
    }
    for (int64_t first = 0; first < n; first += line) {
        const int64_t end = n - first < line ? n : first + line;
        for (int64_t c = 0; c < channels; ++c)
            for (int64_t p = first; p < end; ++p) pixels[p * channels + c] = s * planes[c * stride + p];
    }
}

void pixels_to_planes(float* planes, float weight, const float* pixels, int64_t stride, int64_t channels, int64_t n, bool add) {
    if (add)
        to_planes<true>(planes, weight, pixels, stride, channels, n);
    else
        to_planes<false>(planes, weight, pixels, stride, channels, n);
}

}  // namespace lgv::step_kernels
