// Kernels of the kind that the emulator is for, written with care: nothing is wrong in them.
#pragma once

#include <cstdint>

namespace simt_tests {

// c[m][n] = sum over k of a[m][k] b[n][k], float32 of bfloat16. Any m, n, k (k a multiple of 8). A block: 64x64 by 4 warps; 3 stages of 32 columns by cp.async,
// swizzled; ldmatrix, mma.sync.
void run_gemm(int m, int n, int k, float* c, const uint16_t* a, const uint16_t* b);
// y[row] = (x[row] - mean) / sqrt(variance + 1e-5), a block of 128 threads a row: shuffles, then a reduction through shared memory.
void run_normalize(int rows, int columns, float* y, const float* x);

}  // namespace simt_tests
