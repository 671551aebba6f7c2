// The forms of gemm.h for one instruction set. Included by gemm.<isa>.cpp alone, after its vector.*.h, with tile_rows set.
//
// multiply: blocks of rows that stay in the second-level cache, in them panels, in them tiles of up to tile_rows x 2 vectors in registers for the
// whole of K. A panel (K * 128 bytes with AVX-512) comes from the second-level cache once a tile, which the tile's FMAs hide; few rows are one
// tile, so each panel is read once for all of them.
#pragma once

#include "ops/gemm/exp.kernel.h"
#include "ops/gemm/gemm.h"

namespace lgv {
namespace {

constexpr int64_t panel_columns = 2 * lanes;
constexpr int64_t row_block_floats = 64 * 1024;  // of A: 256 KiB

// Where part `part` of `count` rows in `parts` even ones begins. (gemm.h's Range is shared inline code.)
inline int64_t cut(int64_t count, int64_t parts, int64_t part) { return count * part / parts; }

struct Epilogue {
    float* c;
    int64_t c_row;
    const float* bias;
    const float* residual;
    int64_t residual_row;
    int64_t columns;  // of this panel that are there
    Activation act;
    float scale;
};

// Of the columns, `vectors` are there, the last of them in part unless `whole`.
template <int rows, int vectors, bool whole>
inline void finish(const Vector (&sum)[rows][vectors], const Epilogue& to) {
    const Mask mask = first(to.columns - (vectors - 1) * lanes);
    for (int j = 0; j < vectors; ++j) {
        const bool full = whole || j + 1 < vectors;
        Vector bias = zeros();
        if (to.bias != nullptr) bias = full ? load(to.bias + j * lanes) : load(to.bias + j * lanes, mask);
        for (int i = 0; i < rows; ++i) {
            Vector v = sum[i][j];
            if (to.bias != nullptr) v = add(v, bias);
            if (to.residual != nullptr) {
                const float* r = to.residual + i * to.residual_row + j * lanes;
                v = add(v, full ? load(r) : load(r, mask));
            }
            if (to.act == Activation::silu) v = silu(v);
            if (to.scale != 1.0f) v = multiply(v, all(to.scale));
            float* c = to.c + i * to.c_row + j * lanes;
            if (full) {
                store(c, v);
            } else {
                store(c, v, mask);
            }
        }
    }
}

// The activations that few networks have are a second sweep over the tile: its own code stays small.
template <Activation act>
void sweep(const Epilogue& to, int64_t rows, float scale) {
    const int64_t columns = to.columns < panel_columns ? to.columns : panel_columns;
    for (int64_t i = 0; i < rows; ++i) {
        for (int64_t column = 0; column < columns; column += lanes) {
            const Mask mask = first(columns - column);
            float* c = to.c + i * to.c_row + column;
            store(c, multiply(activate<act>(load(c, mask)), all(scale)), mask);
        }
    }
}

void sweep(Activation act, const Epilogue& to, int64_t rows, float scale) {
    if (act == Activation::mish) sweep<Activation::mish>(to, rows, scale);
    if (act == Activation::gelu) sweep<Activation::gelu>(to, rows, scale);
    if (act == Activation::relu) sweep<Activation::relu>(to, rows, scale);
}

template <int rows, int vectors>
void tile(const float* a, int64_t a_row, const float* panel, int64_t k, const Epilogue& to) {
    Vector sum[rows][vectors];
    for (int i = 0; i < rows; ++i) {
        for (int j = 0; j < vectors; ++j) sum[i][j] = zeros();
    }
    for (int64_t step = 0; step < k; ++step) {
        Vector b[vectors];
        for (int j = 0; j < vectors; ++j) b[j] = load(panel + j * lanes);
        panel += panel_columns;
#pragma GCC unroll 16
        for (int i = 0; i < rows; ++i) {
            const Vector x = all(a[i * a_row]);
            for (int j = 0; j < vectors; ++j) sum[i][j] = multiply_add(x, b[j], sum[i][j]);
        }
        ++a;
    }
    if (to.columns >= vectors * lanes) {
        finish<rows, vectors, true>(sum, to);
    } else {
        finish<rows, vectors, false>(sum, to);
    }
}

template <int rows>
void tile_of(int64_t count, const float* a, int64_t a_row, const float* panel, int64_t k, const Epilogue& to) {
    if constexpr (rows > 1) {
        if (count != rows) return tile_of<rows - 1>(count, a, a_row, panel, k, to);
    }
    if (to.columns > lanes) {
        tile<rows, 2>(a, a_row, panel, k, to);
    } else {
        tile<rows, 1>(a, a_row, panel, k, to);
    }
}

void multiply(const GemmCall& call) {
    int64_t block = row_block_floats / call.k / tile_rows * tile_rows;
    if (block < tile_rows) block = tile_rows;
    const int64_t blocks = (call.m + block - 1) / block;
    const bool in_tile = call.act == Activation::none || call.act == Activation::silu;
    for (int64_t i = 0; i < blocks; ++i) {
        const int64_t top = cut(call.m, blocks, i);
        const int64_t rows = cut(call.m, blocks, i + 1) - top;
        const int64_t tiles = (rows + tile_rows - 1) / tile_rows;
        for (int64_t column = 0; column < call.n; column += panel_columns) {
            const float* panel = call.panels + column * call.k;
            for (int64_t t = 0; t < tiles; ++t) {
                const int64_t row = top + cut(rows, tiles, t);
                const int64_t count = top + cut(rows, tiles, t + 1) - row;
                const Epilogue to{call.c + row * call.c_row + column,
                                  call.c_row,
                                  call.bias != nullptr ? call.bias + column : nullptr,
                                  call.residual != nullptr ? call.residual + row * call.residual_row + column : nullptr,
                                  call.residual_row,
                                  call.n - column,
                                  in_tile ? call.act : Activation::none,
                                  in_tile ? call.scale : 1.0f};
                tile_of<tile_rows>(count, call.a + row * call.a_row, call.a_row, panel, call.k, to);
                if (!in_tile) sweep(call.act, to, count, call.scale);
            }
        }
    }
}

void pack(const float* source, int64_t row, int64_t k, int64_t n, float* panels) {
    for (int64_t column = 0; column < n; column += panel_columns) {
        const Mask mask0 = first(n - column), mask1 = first(n - column - lanes);
        const bool whole = n - column >= panel_columns;
        const bool second = n - column > lanes;
        for (int64_t step = 0; step < k; ++step) {
            const float* from = source + step * row + column;
            store(panels, whole ? load(from) : load(from, mask0));
            store(panels + lanes, whole ? load(from + lanes) : second ? load(from + lanes, mask1) : zeros());
            panels += panel_columns;
        }
    }
}

void pack_transposed(const float* source, int64_t row, int64_t k, int64_t n, float* panels) {
    for (int64_t column = 0; column < n; column += panel_columns) {
        for (int64_t half = 0; half < panel_columns; half += lanes) {
            const int64_t count = n - column - half;  // of this half's columns
            const float* from = source + (column + half) * row;
            float* to = panels + half;
            for (int64_t step = 0; step < k; step += lanes) {
                const Mask mask = first(k - step);
                Vector square[lanes];
                for (int64_t i = 0; i < lanes; ++i) square[i] = i < count ? load(from + i * row + step, mask) : zeros();
                transpose(square);
                const int64_t steps = k - step < lanes ? k - step : lanes;
                for (int64_t i = 0; i < steps; ++i) store(to + (step + i) * panel_columns, square[i]);
            }
        }
        panels += panel_columns * k;
    }
}

}  // namespace
}  // namespace lgv
