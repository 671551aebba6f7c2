// Kernels for runtime_test.cpp.
#pragma once

#include <cstdint>

#include "simt/runtime.h"

namespace simt_tests {

void run_add(float* x, float value, int n, cudaStream_t stream);          // x += value
void run_scale(float* x, float value, int n, cudaStream_t stream);        // x *= value
void run_copy(float* to, const float* from, int n, cudaStream_t stream);  // by ld_global and st_global
void run_grid(dim3 grid, dim3 block, int64_t shared_bytes, int* blocks);  // counts its blocks
const void* add_kernel();

}  // namespace simt_tests
