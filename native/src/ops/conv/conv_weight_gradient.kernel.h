// The loops of conv_weight_gradient_kernels.h for one instruction set. Included by conv_weight_gradient.<isa>.cpp alone, after its vector.*.h.
#pragma once

#include "ops/conv/conv_weight_gradient_kernels.h"

namespace lgv {
namespace {

template <bool Whole>
inline Vector load_last(const float* p, Mask mask) {
    if constexpr (Whole) return load(p);
    return load(p, mask);
}

template <int Channels, int Vectors, bool Whole>
void gradient_tile(const WeightGradientTile& t) {
    Vector sum[Channels][Vectors];
#pragma GCC unroll 14
    for (int c = 0; c < Channels; ++c)
#pragma GCC unroll 2
        for (int v = 0; v < Vectors; ++v) sum[c][v] = zeros();

    const Mask mask = first(t.lanes - (Vectors - 1) * lanes);
    const int64_t a_pixel = t.a.pixel, b_pixel = t.b.pixel;
    for (int64_t image = 0; image < t.images; ++image)
        for (int64_t row = 0; row < t.rows; ++row) {
            const float* a = t.a.at + image * t.a.image + row * t.a.row;
            const float* b = t.b.at + image * t.b.image + row * t.b.row;
            for (int64_t left = t.columns; left > 0; --left) {
                Vector of_b[Vectors];
                if constexpr (Vectors == 2) of_b[0] = load(b);
                of_b[Vectors - 1] = load_last<Whole>(b + (Vectors - 1) * lanes, mask);
#pragma GCC unroll 14
                for (int c = 0; c < Channels; ++c) {
                    const Vector of_a = all(a[c]);
#pragma GCC unroll 2
                    for (int v = 0; v < Vectors; ++v) sum[c][v] = multiply_add(of_a, of_b[v], sum[c][v]);
                }
                a += a_pixel;
                b += b_pixel;
            }
        }

    float* to = t.sums;
    if (t.begins) {
#pragma GCC unroll 14
        for (int c = 0; c < Channels; ++c)
#pragma GCC unroll 2
            for (int v = 0; v < Vectors; ++v, to += lanes) store(to, sum[c][v]);
    } else {
#pragma GCC unroll 14
        for (int c = 0; c < Channels; ++c)
#pragma GCC unroll 2
            for (int v = 0; v < Vectors; ++v, to += lanes) store(to, add(load(to), sum[c][v]));
    }
}

void add_sums(float* to, const float* from, int64_t count) {
    for (int64_t i = 0; i < count; i += lanes) store(to + i, add(load(to + i), load(from + i)));  // count: whole vectors
}

void scatter(const WeightGradientScatter& s) {
    const Vector scale = all(s.scale);
    const int64_t elements = s.channels * s.taps;
    for (int64_t half = 0; half < s.lanes; half += lanes) {
        const int64_t count = s.lanes - half < lanes ? s.lanes - half : lanes;
        int64_t channel = 0, tap = 0;
        for (int64_t j = 0; j < elements; j += lanes) {
            Vector square[lanes];
            for (int64_t i = 0; i < lanes; ++i) {
                const bool is_there = j + i < elements;
                square[i] = is_there ? load(s.sums + tap * s.tap_step + channel * s.channel_step + half) : zeros();
                if (++tap == s.taps) tap = 0, ++channel;
            }
            transpose(square);
            const Mask mask = first(elements - j);
            float* to = s.to + half * s.lane_step + j;
            for (int64_t i = 0; i < count; ++i, to += s.lane_step) {
                if (elements - j >= lanes) {
                    store(to, multiply_add(square[i], scale, load(to)));
                } else {
                    store(to, multiply_add(square[i], scale, load(to, mask)), mask);
                }
            }
        }
    }
}

void sum_image(const float* dy, int64_t rows, int64_t columns, int64_t channels, float* sums) {
    for (int64_t k = 0; k < channels; k += lanes) {
        const Mask mask = first(channels - k);
        const float* from = dy + k;
        Vector sum = zeros();
        for (int64_t row = 0; row < rows; ++row) {
            Vector of_row = zeros();
            for (int64_t column = 0; column < columns; ++column, from += channels) of_row = add(of_row, load(from, mask));
            sum = add(sum, of_row);
        }
        store(sums + k, sum, mask);
    }
}

#define LGV_GRADIENT_TILES_6(vectors, whole)                                                                                               \
    gradient_tile<1, vectors, whole>, gradient_tile<2, vectors, whole>, gradient_tile<3, vectors, whole>, gradient_tile<4, vectors, whole>, \
        gradient_tile<5, vectors, whole>, gradient_tile<6, vectors, whole>
#define LGV_GRADIENT_TILES_14(vectors, whole)                                                                                                 \
    LGV_GRADIENT_TILES_6(vectors, whole), gradient_tile<7, vectors, whole>, gradient_tile<8, vectors, whole>, gradient_tile<9, vectors, whole>, \
        gradient_tile<10, vectors, whole>, gradient_tile<11, vectors, whole>, gradient_tile<12, vectors, whole>,                               \
        gradient_tile<13, vectors, whole>, gradient_tile<14, vectors, whole>
#define LGV_GRADIENT_TILES(tiles) {{tiles(1, false)}, {tiles(2, false)}}, {{tiles(1, true)}, {tiles(2, true)}}

}  // namespace
}  // namespace lgv
