// The forms of linear_gradient_kernels.h. Included by linear_gradient.<isa>.cpp alone, after its vector.*.h, with tile_rows set.
//
// A tile of dw, tile_rows x 2 vectors, is in registers for a block of pixels: per pixel one product of a few numbers of dy, each in all lanes, with two
// vectors of x. Neither is packed: a block's rows of both are read where they are, and stay in the second-level cache for the tiles that follow.
#include "ops/linear/linear_gradient_kernels.h"

namespace lgv {
namespace {

constexpr int64_t tile_columns = 2 * lanes;
constexpr int64_t block_pixels = 256;

inline int64_t cut(int64_t count, int64_t parts, int64_t part) { return count * part / parts; }

// Where a tile of dw is, and how many of its columns are there.
struct Tile {
    float* dw;
    int64_t dw_row;
    int64_t columns;
    float scale;
};

// Of the columns, `vectors` are there, the last of them in part unless `whole`.
template <int rows, int vectors, bool whole>
void tile(const float* dy, int64_t dy_row, const float* x, int64_t x_row, int64_t m, const Tile& to) {
    const Mask mask = first(to.columns - (vectors - 1) * lanes);
    Vector sum[rows][vectors];
    for (int i = 0; i < rows; ++i) {
        for (int j = 0; j < vectors; ++j) sum[i][j] = zeros();
    }
    for (int64_t pixel = 0; pixel < m; ++pixel) {
        Vector b[vectors];
        for (int j = 0; j < vectors; ++j) b[j] = whole || j + 1 < vectors ? load(x + j * lanes) : load(x + j * lanes, mask);
#pragma GCC unroll 16
        for (int i = 0; i < rows; ++i) {
            const Vector a = all(dy[i]);
            for (int j = 0; j < vectors; ++j) sum[i][j] = multiply_add(a, b[j], sum[i][j]);
        }
        dy += dy_row;
        x += x_row;
    }
    const Vector scale = all(to.scale);
    for (int i = 0; i < rows; ++i) {
        for (int j = 0; j < vectors; ++j) {
            float* dw = to.dw + i * to.dw_row + j * lanes;
            if (whole || j + 1 < vectors) {
                store(dw, multiply_add(scale, sum[i][j], load(dw)));
            } else {
                store(dw, multiply_add(scale, sum[i][j], load(dw, mask)), mask);
            }
        }
    }
}

template <int rows>
void tile_of(int64_t count, const float* dy, int64_t dy_row, const float* x, int64_t x_row, int64_t m, const Tile& to) {
    if constexpr (rows > 1) {
        if (count != rows) return tile_of<rows - 1>(count, dy, dy_row, x, x_row, m, to);
    }
    if (to.columns >= tile_columns) return tile<rows, 2, true>(dy, dy_row, x, x_row, m, to);
    if (to.columns > lanes) return tile<rows, 2, false>(dy, dy_row, x, x_row, m, to);
    tile<rows, 1, false>(dy, dy_row, x, x_row, m, to);
}

void add_outer(const OuterProducts& call) {
    const int64_t blocks = (call.m + block_pixels - 1) / block_pixels, tiles = (call.k + tile_rows - 1) / tile_rows;
    for (int64_t block = 0; block < blocks; ++block) {
        const int64_t begin = cut(call.m, blocks, block), pixels = cut(call.m, blocks, block + 1) - begin;
        for (int64_t column = 0; column < call.c; column += tile_columns) {
            for (int64_t t = 0; t < tiles; ++t) {
                const int64_t row = cut(call.k, tiles, t), count = cut(call.k, tiles, t + 1) - row;
                const Tile to{call.dw + row * call.dw_row + column, call.dw_row, call.c - column, call.scale};
                tile_of<tile_rows>(count, call.dy + begin * call.dy_row + row, call.dy_row, call.x + begin * call.x_row + column, call.x_row, pixels, to);
            }
        }
    }
}

void add_rows(const float* dy, int64_t dy_row, int64_t m, int64_t k, float scale, float* dbias) {
    const int64_t blocks = (m + block_pixels - 1) / block_pixels;
    for (int64_t column = 0; column < k; column += lanes) {
        const Mask mask = first(k - column);
        Vector total = load(dbias + column, mask);
        for (int64_t block = 0; block < blocks; ++block) {
            const int64_t begin = cut(m, blocks, block), end = cut(m, blocks, block + 1);
            Vector sum = zeros();
            for (int64_t pixel = begin; pixel < end; ++pixel) sum = add(sum, load(dy + pixel * dy_row + column, mask));
            total = multiply_add(all(scale), sum, total);
        }
        store(dbias + column, total, mask);
    }
}

}  // namespace
}  // namespace lgv
