#include "runtime_kernels.h"

#include "device/cuda/ptx.cuh"

namespace simt_tests {

namespace {

__global__ void add_value(float* x, float value, int n) {
    const int i = int(blockIdx.x * blockDim.x + threadIdx.x);
    if (i < n) x[i] += value;
}

__global__ void scale_by_value(float* x, float value, int n) {
    const int i = int(blockIdx.x * blockDim.x + threadIdx.x);
    if (i < n) x[i] *= value;
}

__global__ void copy_values(float* to, const float* from, int n) {
    const int i = int(blockIdx.x * blockDim.x + threadIdx.x);
    if (i < n) lgv::st_global(to + i, lgv::ld_global(from + i));
}

__global__ void count_blocks(int* blocks) {
    if (threadIdx.x == 0 && threadIdx.y == 0 && threadIdx.z == 0) atomicAdd(blocks, 1);
}

}  // namespace

void run_add(float* x, float value, int n, cudaStream_t stream) { lgv::launch(add_value, dim3(unsigned(n + 63) / 64), dim3(64), 0, stream, x, value, n); }
void run_scale(float* x, float value, int n, cudaStream_t stream) { lgv::launch(scale_by_value, dim3(unsigned(n + 63) / 64), dim3(64), 0, stream, x, value, n); }
void run_copy(float* to, const float* from, int n, cudaStream_t stream) { lgv::launch(copy_values, dim3(unsigned(n + 63) / 64), dim3(64), 0, stream, to, from, n); }
void run_grid(dim3 grid, dim3 block, int64_t shared_bytes, int* blocks) { lgv::launch(count_blocks, grid, block, shared_bytes, nullptr, blocks); }
const void* add_kernel() { return reinterpret_cast<const void*>(&add_value); }

}  // namespace simt_tests
