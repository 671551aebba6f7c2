// The loops of conv_direct_kernels.h for one instruction set. Included by conv_direct.<isa>.cpp alone, after its vector.*.h.
#pragma once

#include "ops/conv/conv_direct_kernels.h"

namespace lgv {
namespace {

constexpr int64_t block_channels = 2 * lanes;  // of a tile

// One tap of the tile's pixels First .. Last-1 over `channels` channels: a step of each chain per channel.
template <int Pixels, int Vectors, int First, int Last>
inline __attribute__((always_inline)) void add_tap(Vector (&sum)[Pixels][Vectors], const float* in, const float* weights, int64_t channels) {
    for (int64_t c = 0; c < channels; ++c) {
        Vector w[Vectors];
#pragma GCC unroll 2
        for (int v = 0; v < Vectors; ++v) w[v] = load(weights + v * lanes);
#pragma GCC unroll 14
        for (int p = First; p < Last; ++p) {
            const Vector x = all(in[p * direct_channels]);
#pragma GCC unroll 2
            for (int v = 0; v < Vectors; ++v) sum[p][v] = multiply_add(x, w[v], sum[p][v]);
        }
        weights += block_channels;
        ++in;
    }
}

template <int Pixels, int Vectors>
void direct_tile(const DirectTile& t) {
    Vector sum[Pixels][Vectors];
#pragma GCC unroll 14
    for (int p = 0; p < Pixels; ++p)
#pragma GCC unroll 2
        for (int v = 0; v < Vectors; ++v) sum[p][v] = t.begins ? zeros() : load(t.partial + p * block_channels + v * lanes);

    const float* weights = t.weights;
    const char* next = t.next;
    const float* in_block = t.in;
    for (int64_t left = t.channels; left > 0; left -= direct_channels, in_block += t.block_step) {
        const int64_t channels = left < direct_channels ? left : direct_channels;
        const int64_t tap_floats = channels * block_channels;
        weights += t.first_tap * t.kernel_w * tap_floats;
        const float* in_row = in_block;
        for (int64_t r = t.first_tap; r < t.last_tap; ++r, in_row += t.row_step)
            for (int64_t s = 0; s < t.kernel_w; ++s, weights += tap_floats) {
                // The outermost pixel is left out where it reads a padding column; others that do read the zeros there.
                const bool skips_first = t.column + s < 0, skips_last = t.last_column + s >= t.image_columns;
                const float* in = in_row + t.taps[s];
                for (const char* const end = next + t.next_bytes; next < end; next += 64) _mm_prefetch(next, _MM_HINT_T1);
                if (skips_first && skips_last) {
                    if constexpr (Pixels > 2) add_tap<Pixels, Vectors, 1, Pixels - 1>(sum, in, weights, channels);
                } else if (skips_first) {
                    if constexpr (Pixels > 1) add_tap<Pixels, Vectors, 1, Pixels>(sum, in, weights, channels);
                } else if (skips_last) {
                    if constexpr (Pixels > 1) add_tap<Pixels, Vectors, 0, Pixels - 1>(sum, in, weights, channels);
                } else {
                    add_tap<Pixels, Vectors, 0, Pixels>(sum, in, weights, channels);
                }
            }
        weights += (t.kernel_h - t.last_tap) * t.kernel_w * tap_floats;
    }

    if (!t.ends) {
#pragma GCC unroll 14
        for (int p = 0; p < Pixels; ++p)
#pragma GCC unroll 2
            for (int v = 0; v < Vectors; ++v) store(t.partial + p * block_channels + v * lanes, sum[p][v]);
        return;
    }
    const Vector scale = all(t.scale);
#pragma GCC unroll 2
    for (int v = 0; v < Vectors; ++v) {
        const int64_t k = v * lanes;
        Vector shift = t.bias ? load(t.bias + k) : zeros();
        if (t.lanes - k >= lanes) {
            if (t.time) shift = add(shift, load(t.time + k));
#pragma GCC unroll 14
            for (int p = 0; p < Pixels; ++p) {
                Vector y = add(sum[p][v], shift);
                if (t.residual) y = add(y, load(t.residual + p * t.pixel_step + k));
                store(t.out + p * t.pixel_step + k, multiply(y, scale));
            }
        } else {
            const Mask mask = first(t.lanes - k);
            if (t.time) shift = add(shift, load(t.time + k, mask));
#pragma GCC unroll 14
            for (int p = 0; p < Pixels; ++p) {
                Vector y = add(sum[p][v], shift);
                if (t.residual) y = add(y, load(t.residual + p * t.pixel_step + k, mask));
                store(t.out + p * t.pixel_step + k, multiply(y, scale), mask);
            }
        }
    }
}

// Channels c ... of one pixel, where their block is not whole or lies in both sources.
inline void gather_block(const DirectCopy& t, int64_t pixel, int64_t c, float* to) {
    const int64_t all_channels = t.channels + t.channels2, end = c + direct_channels < all_channels ? c + direct_channels : all_channels;
    for (; c < end; ++c) *to++ = c < t.channels ? t.x[pixel * t.channels + c] : t.x2[pixel * t.channels2 + c - t.channels];
}

// Block by block, so that the buffer is written from one end to the other: a store that misses the cache holds up those behind it, a load does not.
inline void direct_copy(const DirectCopy& t) {
    const int64_t all_channels = t.channels + t.channels2;
    for (int64_t c = 0; c < all_channels; c += direct_channels) {
        const bool in_x = c + direct_channels <= t.channels, in_x2 = c >= t.channels && c + direct_channels <= all_channels;
        const float* const from = in_x ? t.x + c : in_x2 ? t.x2 + (c - t.channels) : nullptr;
        const int64_t pixel_step = in_x ? t.channels : t.channels2;
        for (int64_t row = 0; row < t.rows; ++row) {
            const int64_t first_pixel = ((t.first_row + row) >> t.zoom_shift) * t.width;
            for (int64_t phase = 0; phase < t.stride; ++phase) {
                float* to = t.buffer + c / direct_channels * t.block_step + row * t.row_step + phase * t.columns_per_phase * direct_channels;
                for (int64_t at = phase; at < t.columns; at += t.stride, to += direct_channels) {
                    const int64_t column = t.first_column + at, pixel = first_pixel + (column >> t.zoom_shift);
                    if (column < 0 || column >= t.image_columns) {
                        for (int64_t i = 0; i < direct_channels; i += lanes) store(to + i, zeros());
                    } else if (in_x || in_x2) {
                        for (int64_t i = 0; i < direct_channels; i += lanes) store(to + i, load(from + pixel * pixel_step + i));
                    } else {
                        gather_block(t, pixel, c, to);
                    }
                }
            }
        }
    }
}

inline void make_columns(const DirectColumns& c) {
    float* to = c.columns;
    for (int64_t run = 0; run < c.runs; ++run) {
        const float* const from = c.from + run * c.run_step;
        if (c.length == 1 && c.output_step == 1) {
            store(to, load(from, first(c.outputs)));
            to += lanes;
            continue;
        }
        for (int64_t j = 0; j < c.length; j += lanes) {
            const int64_t count = c.length - j < lanes ? c.length - j : lanes;
            const Mask mask = first(count);
            Vector square[lanes];
            for (int64_t i = 0; i < lanes; ++i) square[i] = i < c.outputs ? load(from + i * c.output_step + j, mask) : zeros();
            transpose(square);
            for (int64_t i = 0; i < count; ++i, to += lanes) store(to, square[i]);
        }
    }
}

inline void pack_tap(const DirectPackedTap& t) {
    const Vector scale = all(t.scale);
    for (int64_t i = 0; i < t.inputs; ++i) {
        const float* const columns = t.columns + i * t.taps * lanes;
        Vector tap = zeros();
        if (t.source_count == 1) {
            tap = load(columns + t.sources[0] * lanes);
        } else if (t.source_count > 1) {
            Doubles sum = no_doubles();
            for (int64_t source = 0; source < t.source_count; ++source) sum = add(sum, widen(load(columns + t.sources[source] * lanes)));
            tap = narrow(sum);
        }
        store(t.to + i * block_channels, multiply(tap, scale));
    }
}

#define LGV_DIRECT_TILES_6(vectors)                                                                             \
    direct_tile<1, vectors>, direct_tile<2, vectors>, direct_tile<3, vectors>, direct_tile<4, vectors>,         \
        direct_tile<5, vectors>, direct_tile<6, vectors>
#define LGV_DIRECT_TILES_14(vectors)                                                                            \
    LGV_DIRECT_TILES_6(vectors), direct_tile<7, vectors>, direct_tile<8, vectors>, direct_tile<9, vectors>,     \
        direct_tile<10, vectors>, direct_tile<11, vectors>, direct_tile<12, vectors>, direct_tile<13, vectors>, direct_tile<14, vectors>

}  // namespace
}  // namespace lgv
