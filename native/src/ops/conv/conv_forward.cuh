// Device helpers that the forward convolution's kernels share.
#pragma once

#include "device/cuda/elements.cuh"
#include "ops/activation.cuh"
#include "ops/conv/conv_forward.cuda.h"

namespace lgv {

LGV_DEVICE float normed(float x, float a, float b, int with_silu) {
    const float v = fused(a, x, b);
    return with_silu ? silu(v) : v;
}

LGV_DEVICE float load_as(const void* p, int64_t i, int is_float) {
    return is_float ? load(static_cast<const float*>(p) + i) : load(static_cast<const bf16*>(p) + i);
}
LGV_DEVICE void store_as(void* p, int64_t i, float v, int is_float) {
    if (is_float) {
        store(static_cast<float*>(p) + i, v);
    } else {
        store(static_cast<bf16*>(p) + i, v);
    }
}

// a and b of a channel of [x, x2], side by side with those of the next.
LGV_DEVICE const float2* factors_of(const ConvArguments& p, int64_t image, int channel) {
    return reinterpret_cast<const float2*>(p.factors) + image * (p.c1 + p.c2) + channel;
}

// Two bfloat16 in a word by the factors of their channels.
template <bool Silu>
LGV_DEVICE uint32_t normed_two(uint32_t x, float4 factors) {
    return pack_bf16(normed(low_of(x), factors.x, factors.y, Silu), normed(high_of(x), factors.z, factors.w, Silu));
}

// Mean and squared deviations of `count` numbers, number(0) to number(count - 1), one after the other.
template <class Number>
LGV_DEVICE void store_moments(float* to, int count, const Number& number) {
    float sum = 0, squares = 0;
    for (int i = 0; i < count; ++i) sum += number(i);
    const float mean = __fdiv_rn(sum, float(count));
    for (int i = 0; i < count; ++i) {
        const float off = number(i) - mean;
        squares = fused(off, off, squares);
    }
    st_global(reinterpret_cast<float2*>(to), make_float2(mean, squares));
}

// scale * (sum + time + residual), in this order in every form; the bias is in the sum.
LGV_DEVICE float finished(const ConvArguments& p, float sum, int64_t image, int64_t pixel, int k, int is_float) {
    if (p.time != nullptr) sum += load_as(p.time, image * p.k + k, is_float);
    if (p.residual != nullptr) sum += load_as(p.residual, pixel * p.k + k, is_float);
    return __fmul_rn(sum, p.scale);
}

}  // namespace lgv
