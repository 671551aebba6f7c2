#include "soak_kernels.h"

#include "device/cuda/ptx.cuh"

namespace simt_tests {

namespace {

using namespace lgv;

constexpr int tile = 64, depth = 32, stages = 3, row_bytes = depth * 2;
constexpr int stage_bytes = 2 * tile * row_bytes;

// 16-byte unit u (of 4) of a row: two rows fill the 32 banks, so every second row counts for the swizzle.
LGV_DEVICE uint32_t swizzled(int row, int unit) { return uint32_t(row * row_bytes + (unit ^ (row / 2 & 3)) * 16); }

__global__ void __launch_bounds__(128) gemm_tiles(int m, int n, int k, float* c, const uint16_t* a, const uint16_t* b) {
    const int thread = int(threadIdx.x), lane = thread % 32, warp = thread / 32;
    const int m0 = int(blockIdx.x) * tile, n0 = int(blockIdx.y) * tile;
    const int steps = (k + depth - 1) / depth;
    const uint32_t base = shared_address(dynamic_shared());
    const auto fetch = [&](int step) {
        if (step < steps) {
            const uint32_t stage = base + uint32_t(step % stages * stage_bytes);
            for (int i = 0; i < 2; ++i) {
                const int unit = thread + 128 * i, row = unit / 4, column = step * depth + unit % 4 * 8;
                const bool in_a = m0 + row < m && column < k, in_b = n0 + row < n && column < k;
                cp_async16(stage + swizzled(row, unit % 4), a + (in_a ? int64_t(m0 + row) * k + column : 0), in_a ? 16 : 0);
                cp_async16(stage + uint32_t(tile * row_bytes) + swizzled(row, unit % 4), b + (in_b ? int64_t(n0 + row) * k + column : 0), in_b ? 16 : 0);
            }
        }
        cp_async_commit();
    };
    float sums[8][4] = {};
    for (int step = 0; step < stages - 1; ++step) fetch(step);
    for (int step = 0; step < steps; ++step) {
        cp_async_wait<stages - 2>();
        __syncthreads();
        fetch(step + stages - 1);
        const uint32_t left = base + uint32_t(step % stages * stage_bytes), right = left + uint32_t(tile * row_bytes);
        for (int k0 = 0; k0 < depth / 8; k0 += 2) {
            uint32_t x[4];
            ldmatrix_x4(x, left + swizzled(warp * 16 + lane % 16, k0 + lane / 16));
            for (int pair = 0; pair < 4; ++pair) {
                uint32_t y[4];
                ldmatrix_x4(y, right + swizzled(pair * 16 + lane % 8 + lane / 16 * 8, k0 + lane / 8 % 2));
                mma_m16n8k16_bf16(sums[2 * pair], x, y[0], y[1]);
                mma_m16n8k16_bf16(sums[2 * pair + 1], x, y[2], y[3]);
            }
        }
    }
    cp_async_wait<0>();
    for (int column = 0; column < 8; ++column) {
        for (int i = 0; i < 4; ++i) {
            const int row = m0 + warp * 16 + lane / 4 + i / 2 * 8, at = n0 + column * 8 + lane % 4 * 2 + i % 2;
            if (row < m && at < n) c[int64_t(row) * n + at] = sums[column][i];
        }
    }
}

LGV_DEVICE float sum_of_block(float v, float* partial) {
    for (int step = 16; step > 0; step /= 2) v += __shfl_xor_sync(0xffffffffu, v, step);
    if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = v;
    __syncthreads();
    v = partial[0] + partial[1] + partial[2] + partial[3];
    __syncthreads();
    return v;
}

__global__ void __launch_bounds__(128) normalize_rows(int columns, float* y, const float* x) {
    LGV_SHARED(partial, float[4]);
    const float* from = x + int64_t(blockIdx.x) * columns;
    float sum = 0, squares = 0;
    for (int i = int(threadIdx.x); i < columns; i += 128) sum += ld_global_nc(from + i);
    const float mean = sum_of_block(sum, partial) / float(columns);
    for (int i = int(threadIdx.x); i < columns; i += 128) squares += (from[i] - mean) * (from[i] - mean);
    const float scale = 1.0f / __fsqrt_rn(sum_of_block(squares, partial) / float(columns) + 1e-5f);
    for (int i = int(threadIdx.x); i < columns; i += 128) st_global(y + int64_t(blockIdx.x) * columns + i, (from[i] - mean) * scale);
}

}  // namespace

void run_gemm(int m, int n, int k, float* c, const uint16_t* a, const uint16_t* b) {
    launch(gemm_tiles, dim3(unsigned((m + tile - 1) / tile), unsigned((n + tile - 1) / tile)), dim3(128), stages * stage_bytes, nullptr, m, n, k, c, a, b);
}
void run_normalize(int rows, int columns, float* y, const float* x) { launch(normalize_rows, dim3(unsigned(rows)), dim3(128), 0, nullptr, columns, y, x); }

}  // namespace simt_tests
