// Functions that CPU code and kernels share word for word. With g++ they are always inlined, so that a file compiled for a larger
// instruction set leaves no copy behind that the linker could hand to a file compiled for a smaller one (hence builtins, not <cmath>).
#pragma once

#include <cstdint>

#ifdef __CUDACC__
#define LGV_HOST_DEVICE __host__ __device__ inline
#else
#define LGV_HOST_DEVICE inline __attribute__((always_inline))
#endif

namespace lgv {

// The operations that IEEE 754 rounds correctly, spelled so that no compiler flag can change them: the same bits everywhere.
LGV_HOST_DEVICE float fused(float a, float b, float c) {  // a * b + c, rounded once
#ifdef __CUDA_ARCH__
    return __fmaf_rn(a, b, c);
#else
    return __builtin_fmaf(a, b, c);
#endif
}

LGV_HOST_DEVICE float root(float a) {
#ifdef __CUDA_ARCH__
    return __fsqrt_rn(a);
#else
    return __builtin_sqrtf(a);
#endif
}

LGV_HOST_DEVICE uint32_t bits_of(float a) {
#ifdef __CUDA_ARCH__
    return __float_as_uint(a);
#else
    return __builtin_bit_cast(uint32_t, a);
#endif
}

LGV_HOST_DEVICE float float_of(uint32_t bits) {
#ifdef __CUDA_ARCH__
    return __uint_as_float(bits);
#else
    return __builtin_bit_cast(float, bits);
#endif
}

}  // namespace lgv
