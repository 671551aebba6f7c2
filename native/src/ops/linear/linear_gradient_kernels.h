// What a linear layer's weights gain from the pixels of a micro-batch, for one instruction set.
//
// Every element is a sum of blocks, each of them one chain of (fused) additions in ascending m from 0 that is then added, times `scale`, to what is
// there. The blocks are even parts of M of at most 256 pixels: its bits depend on M, its columns of dy and x and the instruction set alone, not on how a
// caller cuts K and C. A chain this short keeps the rounding error of a sum over many thousand pixels at a few ulp.
#pragma once

#include <cstdint>

namespace lgv {

struct OuterProducts {
    const float* dy = nullptr;  // [M, K], distances between rows are in floats
    int64_t dy_row = 0;
    const float* x = nullptr;  // [M, C]
    int64_t x_row = 0;
    int64_t m = 0, k = 0, c = 0;
    float scale = 1;
    float* dw = nullptr;  // [K, C]
    int64_t dw_row = 0;
};

struct LinearGradientKernels {
    int64_t tile_rows, tile_columns;  // of dw that are in registers at once
    // dw[k, c] += scale * sum over m of dy[m, k] x[m, c]
    void (*add_outer)(const OuterProducts& call);
    // dbias[k] += scale * sum over m of dy[m, k]
    void (*add_rows)(const float* dy, int64_t dy_row, int64_t m, int64_t k, float scale, float* dbias);
};

}  // namespace lgv
