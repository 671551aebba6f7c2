// Both sweeps go over strips of one or two vectors of channels, all pixels of one before the next, as in group_norm.kernel.h.
//
// Sums of 8 pixels are in float32 (they lose at most 2^-21 of the sum of their sizes), sums of those in double: widening every number would cost as much
// as its slope. Included after a vector.*.h.
#pragma once

#include "ops/gemm/slope.kernel.h"
#include "ops/group_norm/group_norm_gradient_kernels.h"

namespace lgv {
namespace {

constexpr int64_t run_of_pixels = 8;

template <int vectors, Activation act, bool whole>
void strip_slopes(const GroupNormSweep& sweep, int64_t c, Mask last, const float* dy, int64_t dy_row, const float* factor, const float* offset, double* sum,
                  double* product) {
    const float* x = sweep.x + c;
    float* dz = sweep.dz != nullptr ? sweep.dz + c : nullptr;
    dy += c;
    Vector m[vectors], f[vectors], o[vectors];
    Doubles s[vectors], p[vectors];
    for (int i = 0; i < vectors; ++i) {
        m[i] = load(sweep.centre + c + i * lanes);
        f[i] = load(factor + c + i * lanes);
        o[i] = load(offset + c + i * lanes);
        s[i] = p[i] = no_doubles();
    }
    for (int64_t pixel = 0; pixel < sweep.pixels;) {
        Vector some[vectors], products[vectors];
        for (int i = 0; i < vectors; ++i) some[i] = products[i] = zeros();
        const int64_t end = sweep.pixels - pixel < run_of_pixels ? sweep.pixels : pixel + run_of_pixels;
        for (; pixel < end; ++pixel) {
            for (int i = 0; i < vectors; ++i) {
                const bool full = whole || i + 1 < vectors;
                const Vector v = subtract(full ? load(x + i * lanes) : load(x + i * lanes, last), m[i]);
                Vector d = full ? load(dy + i * lanes) : load(dy + i * lanes, last);
                if constexpr (act != Activation::none) d = multiply(d, activation_slope<act>(multiply_add(v, f[i], o[i])));
                some[i] = add(some[i], d);
                products[i] = multiply_add(d, v, products[i]);
                if (dz != nullptr) {
                    if (full) {
                        store(dz + i * lanes, d);
                    } else {
                        store(dz + i * lanes, d, last);
                    }
                }
            }
            x += sweep.x_row;
            dy += dy_row;
            if (dz != nullptr) dz += sweep.dz_row;
        }
        for (int i = 0; i < vectors; ++i) {
            s[i] = add(s[i], widen(some[i]));
            p[i] = add(p[i], widen(products[i]));
        }
    }
    for (int i = 0; i < vectors; ++i) {
        store(sum + c + i * lanes, s[i]);
        store(product + c + i * lanes, p[i]);
    }
}

using StripSlopes = void (*)(const GroupNormSweep&, int64_t, Mask, const float*, int64_t, const float*, const float*, double*, double*);

template <int vectors, bool whole>
StripSlopes strip_slopes_of(Activation act) {
    switch (act) {
        case Activation::none: break;
        case Activation::silu: return strip_slopes<vectors, Activation::silu, whole>;
        case Activation::mish: return strip_slopes<vectors, Activation::mish, whole>;
        case Activation::gelu: return strip_slopes<vectors, Activation::gelu, whole>;
        case Activation::relu: return strip_slopes<vectors, Activation::relu, whole>;
    }
    return strip_slopes<vectors, Activation::none, whole>;
}

template <int vectors, bool whole, bool adds>
void strip_gradient(const GroupNormSweep& sweep, int64_t c, Mask last, const float* factor, const float* slope, const float* constant, float* dx) {
    const float *x = sweep.x + c, *dz = sweep.dz + c;
    dx += c;
    Vector m[vectors], f[vectors], s[vectors], k[vectors];
    for (int i = 0; i < vectors; ++i) {
        m[i] = load(sweep.centre + c + i * lanes);
        f[i] = load(factor + c + i * lanes);
        s[i] = load(slope + c + i * lanes);
        k[i] = load(constant + c + i * lanes);
    }
    for (int64_t pixel = 0; pixel < sweep.pixels; ++pixel) {
        for (int i = 0; i < vectors; ++i) {
            const bool full = whole || i + 1 < vectors;
            const auto get = [&](const float* from) { return full ? load(from + i * lanes) : load(from + i * lanes, last); };
            Vector d = multiply_add(get(dz), f[i], multiply_add(subtract(get(x), m[i]), s[i], k[i]));
            if (adds) d = add(get(dx), d);
            if (full) {
                store(dx + i * lanes, d);
            } else {
                store(dx + i * lanes, d, last);
            }
        }
        x += sweep.x_row;
        dz += sweep.dz_row;
        dx += sweep.x_row;
    }
}

void slopes(const GroupNormSweep& sweep, const float* dy, int64_t dy_row, const float* factor, const float* offset, Activation act, double* sum, double* product) {
    for (int64_t c = 0; c < sweep.channels; c += 2 * lanes) {
        const int64_t count = sweep.channels - c;
        const bool two = count > lanes, whole = two ? count >= 2 * lanes : count == lanes;
        const StripSlopes form = two ? (whole ? strip_slopes_of<2, true>(act) : strip_slopes_of<2, false>(act))
                                     : (whole ? strip_slopes_of<1, true>(act) : strip_slopes_of<1, false>(act));
        form(sweep, c, first(two ? count - lanes : count), dy, dy_row, factor, offset, sum, product);
    }
}

template <bool adds>
void apply_gradient(const GroupNormSweep& sweep, const float* factor, const float* slope, const float* constant, float* dx) {
    for (int64_t c = 0; c < sweep.channels; c += 2 * lanes) {
        const int64_t count = sweep.channels - c;
        const bool two = count > lanes, whole = two ? count >= 2 * lanes : count == lanes;
        const auto form = two ? (whole ? strip_gradient<2, true, adds> : strip_gradient<2, false, adds>)
                              : (whole ? strip_gradient<1, true, adds> : strip_gradient<1, false, adds>);
        form(sweep, c, first(two ? count - lanes : count), factor, slope, constant, dx);
    }
}

void apply_gradient(const GroupNormSweep& sweep, const float* factor, const float* slope, const float* constant, float* dx, bool add) {
    if (add) {
        apply_gradient<true>(sweep, factor, slope, constant, dx);
    } else {
        apply_gradient<false>(sweep, factor, slope, constant, dx);
    }
}

}  // namespace
}  // namespace lgv
