// Activations on the GPU: as accurate as float32 is, or (Fast) with the approximate exponential and quotient, within 2^-18 of the result: bfloat16 keeps 2^-9.
#pragma once

#include "device/cuda/kernel.cuh"
#include "ops/op.h"

namespace lgv {

template <bool Fast>
LGV_DEVICE float quotient(float a, float b) {
    return Fast ? __fdividef(a, b) : __fdiv_rn(a, b);
}

template <bool Fast>
LGV_DEVICE float silu(float x) {
    return quotient<Fast>(x, 1 + (Fast ? __expf(-x) : expf(-x)));
}

// With e = exp(x), tanh(ln(1 + e)) = e (e + 2) / (e (e + 2) + 2). Above 20 that is 1 in float32, and above 44 e (e + 2) would leave it.
template <bool Fast>
LGV_DEVICE float mish(float x) {
    const float bounded = x < 20 ? x : 20;
    const float e = Fast ? __expf(bounded) : expf(bounded);
    const float n = e * (e + 2);
    return x * quotient<Fast>(n, n + 2);
}

LGV_DEVICE float gelu(float x) { return 0.5f * x * (1 + erff(x * 0.70710678f)); }

// In place. One choice for all, so that the code of each activation is there once.
template <bool Fast, int N>
LGV_DEVICE void activate(Activation act, float (&x)[N]) {
    switch (act) {
        case Activation::none: return;
        case Activation::silu:
            for (float& v : x) v = silu<Fast>(v);
            return;
        case Activation::mish:
            for (float& v : x) v = mish<Fast>(v);
            return;
        case Activation::gelu:
            for (float& v : x) v = gelu(v);
            return;
        case Activation::relu:
            for (float& v : x) v = v < 0 ? 0 : v;
            return;
    }
}

}  // namespace lgv
