// What the source of a kernel is written in. nvcc compiles it for the GPU; g++ compiles the same source for the emulator (native/simt), which runs it on
// the CPU. So that both can:
//   - shared memory is LGV_SHARED(name, float[33]) or dynamic_shared(); __shared__ does not compile for the emulator
//   - kernels are queued by launch(kernel, grid, block, shared_bytes, stream, arguments...), never by <<<>>>
//   - a kernel says how many threads its blocks have by LGV_BLOCK_OF(threads)
//   - every instruction that CUDA C++ has no word for is a primitive of ptx.cuh, never inline PTX elsewhere
// CUDA's own words (threadIdx, __syncthreads, __shfl_xor_sync, atomicAdd on integers, __expf, float4 ...) are as they are.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bf16.h"
#include "base/host_device.h"
#include "device/cuda/runtime.h"

namespace lgv {
template <class T>
using shared_type = T;  // lets LGV_SHARED name array types
}

#ifdef __CUDACC__

#include "base/error.h"

#define LGV_DEVICE __device__ __forceinline__
#define LGV_SHARED(name, ...) __shared__ ::lgv::shared_type<__VA_ARGS__> name

// Of a kernel: as many threads as its blocks have. For sm_100 the compiler spills to make room for more blocks unless it is told that one will do; elsewhere it does not.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ / 100 == 10
#define LGV_BLOCK_OF(threads) __launch_bounds__(threads, 1)
#else
#define LGV_BLOCK_OF(threads) __launch_bounds__(threads)
#endif

namespace lgv {

// The block's dynamic shared memory, aligned to 128 bytes.
LGV_DEVICE void* dynamic_shared() {
    extern __shared__ __align__(128) unsigned char lgv_dynamic_shared[];
    return lgv_dynamic_shared;
}

template <class... P, class... A>
void launch(void (*kernel)(P...), dim3 grid, dim3 block, int64_t shared_bytes, cudaStream_t stream, A&&... arguments) {
    const auto* entry = reinterpret_cast<const void*>(kernel);
    if (shared_bytes > 48 * 1024) check(cudaFuncSetAttribute(entry, cudaFuncAttributeMaxDynamicSharedMemorySize, int(shared_bytes)), entry);
    cudaLaunchConfig_t config = {};
    config.gridDim = grid;
    config.blockDim = block;
    config.dynamicSmemBytes = size_t(shared_bytes);
    config.stream = stream;
    check(cudaLaunchKernelEx(&config, kernel, static_cast<P>(arguments)...), entry);
}

}  // namespace lgv

#else

#include "simt/language.h"

#define LGV_BLOCK_OF(threads)

#endif
