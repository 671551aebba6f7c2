#include "ops/step/kernels.h"

#include "base/host_device.h"
#include "ops/gemm/vector.avx2.h"

#include "ops/gemm/exp.kernel.h"
#include "ops/step/picture.h"

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

template <int64_t channels, int64_t pitch, bool add>
void to_planes(float* __restrict planes, float weight, const float* __restrict pixels, int64_t stride, int64_t n) {
    for (int64_t p = 0; p < n; ++p)
        for (int64_t c = 0; c < channels; ++c) {
            const float value = pixels[p * pitch + c];
            float& to = planes[c * stride + p];
            to = add ? fused(weight, value, to) : weight * value;
        }
}

template <bool add>
void to_planes(float* __restrict planes, float weight, const float* __restrict pixels, int64_t stride, int64_t channels, int64_t pitch, int64_t n) {
    const auto is = [=](int64_t c, int64_t of) { return channels == c && pitch == of; };
    if (is(1, 1)) return to_planes<1, 1, add>(planes, weight, pixels, stride, n);
    if (is(3, 3)) return to_planes<3, 3, add>(planes, weight, pixels, stride, n);
    if (is(4, 4)) return to_planes<4, 4, add>(planes, weight, pixels, stride, n);
    if (is(3, 6)) return to_planes<3, 6, add>(planes, weight, pixels, stride, n);
    for (int64_t first = 0; first < n; first += line) {
        const int64_t end = n - first < line ? n : first + line;
        for (int64_t c = 0; c < channels; ++c)
            for (int64_t p = first; p < end; ++p) {
                const float value = pixels[p * pitch + c];
                float& to = planes[c * stride + p];
                to = add ? fused(weight, value, to) : weight * value;
            }
    }
}

// y[i] = f(i, mask) of whole registers, and of the lanes that are left.
template <class F>
void each(float* y, int64_t n, const F& f) {
    for (int64_t i = 0; i < n; i += lanes) {
        const Mask mask = first(n - i);
        store(y + i, f(i, mask), mask);
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

void clamp_and_divide(float* __restrict y, float limit, int64_t n) {
    clamp(y, limit, n);
    for (int64_t i = 0; i < n; ++i) y[i] = y[i] / limit;
}

void magnitude(float* __restrict y, int64_t n) {
    for (int64_t i = 0; i < n; ++i) y[i] = __builtin_fabsf(y[i]);
}

void deviate_in_range(float* y, const float* z, const float* out2, float hi, float lo, int64_t n) {
    each(y, n, [&](int64_t i, Mask mask) {
        const Vector w = lgv::multiply(add(load(out2 + i, mask), all(1.0f)), all(0.5f));
        const Vector log_variance = lgv::multiply_add(subtract(all(1.0f), w), all(lo), lgv::multiply(w, all(hi)));
        return lgv::multiply(load(z + i, mask), exponential(lgv::multiply(log_variance, all(0.5f))));
    });
}

void deviate(float* y, const float* z, const float* out2, int64_t n) {
    each(y, n, [&](int64_t i, Mask mask) { return lgv::multiply(load(z + i, mask), _mm256_sqrt_ps(load(out2 + i, mask))); });
}

void blend(float* __restrict y, const float* __restrict mask, const float* __restrict known, int64_t n) {
    for (int64_t i = 0; i < n; ++i) y[i] = fused(1.0f - mask[i], y[i], mask[i] * known[i]);
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

void planes_to_bytes(uint8_t* __restrict bytes, const float* __restrict planes, int64_t stride, int64_t channels, int64_t n) {
    for (int64_t first = 0; first < n; first += line) {
        const int64_t end = n - first < line ? n : first + line;
        for (int64_t c = 0; c < channels; ++c)
            for (int64_t p = first; p < end; ++p) bytes[p * channels + c] = uint8_t(byte_of(planes[c * stride + p]));
    }
}

void pixels_to_planes(float* planes, float weight, const float* pixels, int64_t stride, int64_t channels, int64_t pitch, int64_t n, bool add) {
    if (add)
        to_planes<true>(planes, weight, pixels, stride, channels, pitch, n);
    else
        to_planes<false>(planes, weight, pixels, stride, channels, pitch, n);
}

}  // namespace lgv::step_kernels
