// Both sweeps go over strips of `strip` vectors of channels, all pixels of one before the next, with the strip's sums or factors in registers.
// Channels are lanes, so groups of any width need no alignment; the last vector of the channels is masked.
//
// Sums of x and x^2 in double: 2^-53 against the float32 of the data, so the variance E[x^2] - E[x]^2 is good to float32 up to
// |mean| = 10^4 standard deviations, and one read of x is enough.
#pragma once

#include "ops/gemm/exp.kernel.h"
#include "ops/group_norm/group_norm_kernels.h"

namespace lgv {
namespace {

template <int vectors>
void strip_sums(const float* x, int64_t row, int64_t pixels, Mask last, double* sum, double* square) {
    Doubles s[vectors], q[vectors];
    for (int i = 0; i < vectors; ++i) s[i] = q[i] = no_doubles();
    for (int64_t pixel = 0; pixel < pixels; ++pixel) {
        for (int i = 0; i < vectors; ++i) {
            const Doubles v = widen(i + 1 < vectors ? load(x + i * lanes) : load(x + i * lanes, last));
            s[i] = add(s[i], v);
            q[i] = multiply_add(v, v, q[i]);
        }
        x += row;
    }
    for (int i = 0; i < vectors; ++i) {
        store(sum + i * lanes, s[i]);
        store(square + i * lanes, q[i]);
    }
}

template <int vectors, Activation act, bool whole>
void strip_apply(const float* x, int64_t x_row, float* y, int64_t y_row, int64_t pixels, Mask last, const float* mean, const float* factor, const float* offset) {
    Vector m[vectors], f[vectors], o[vectors];
    for (int i = 0; i < vectors; ++i) {
        m[i] = load(mean + i * lanes);
        f[i] = load(factor + i * lanes);
        o[i] = load(offset + i * lanes);
    }
    for (int64_t pixel = 0; pixel < pixels; ++pixel) {
        for (int i = 0; i < vectors; ++i) {
            const bool full = whole || i + 1 < vectors;
            Vector v = full ? load(x + i * lanes) : load(x + i * lanes, last);
            v = multiply_add(subtract(v, m[i]), f[i], o[i]);
            v = activate<act>(v);
            if (full) {
                store(y + i * lanes, v);
            } else {
                store(y + i * lanes, v, last);
            }
        }
        x += x_row;
        y += y_row;
    }
}

using StripApply = void (*)(const float*, int64_t, float*, int64_t, int64_t, Mask, const float*, const float*, const float*);

template <int vectors, bool whole>
StripApply strip_apply_of(Activation act) {
    switch (act) {
        case Activation::none: break;
        case Activation::silu: return strip_apply<vectors, Activation::silu, whole>;
        case Activation::mish: return strip_apply<vectors, Activation::mish, whole>;
        case Activation::gelu: return strip_apply<vectors, Activation::gelu, whole>;
        case Activation::relu: return strip_apply<vectors, Activation::relu, whole>;
    }
    return strip_apply<vectors, Activation::none, whole>;
}

template <int vectors>
void strip_apply(const float* x, int64_t x_row, float* y, int64_t y_row, int64_t pixels, int64_t channels, const float* mean, const float* factor,
                 const float* offset, Activation act) {
    const Mask last = first(channels - (vectors - 1) * lanes);
    const bool whole = channels == vectors * lanes;
    const StripApply form = whole ? strip_apply_of<vectors, true>(act) : strip_apply_of<vectors, false>(act);
    form(x, x_row, y, y_row, pixels, last, mean, factor, offset);
}

// The tables (sum, square, mean, factor, offset) have room for whole vectors behind `channels`.
void sums(const float* x, int64_t row, int64_t pixels, int64_t channels, double* sum, double* square) {
    int64_t c = 0;
    for (; channels - c > lanes; c += 2 * lanes) {
        strip_sums<2>(x + c, row, pixels, first(channels - c - lanes), sum + c, square + c);
    }
    if (channels > c) strip_sums<1>(x + c, row, pixels, first(channels - c), sum + c, square + c);
}

void apply(const float* x, int64_t x_row, float* y, int64_t y_row, int64_t pixels, int64_t channels, const float* mean, const float* factor,
           const float* offset, Activation act) {
    int64_t c = 0;
    for (; channels - c > lanes; c += 2 * lanes) {
        const int64_t count = channels - c < 2 * lanes ? channels - c : 2 * lanes;
        strip_apply<2>(x + c, x_row, y + c, y_row, pixels, count, mean + c, factor + c, offset + c, act);
    }
    if (channels > c) strip_apply<1>(x + c, x_row, y + c, y_row, pixels, channels - c, mean + c, factor + c, offset + c, act);
}

}  // namespace
}  // namespace lgv
