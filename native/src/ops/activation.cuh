// Activations on the GPU: as accurate as float32 is, or (Fast) with the approximate exponential and quotient, within 2^-18 of the result: bfloat16 keeps 2^-9.
#pragma once

#include "device/cuda/kernel.cuh"
#include "ops/op.h"

namespace lgv {

template <bool Fast>
LGV_DEVICE float activate(Activation act, float x) {
    const auto exponential = [](float a) { return Fast ? __expf(a) : expf(a); };
    const auto quotient = [](float a, float b) { return Fast ? __fdividef(a, b) : __fdiv_rn(a, b); };
    switch (act) {
        case Activation::none: return x;
        case Activation::silu: return quotient(x, 1 + exponential(-x));
        case Activation::mish: {
            // tanh(ln(1 + e)) = e (e + 2) / (e (e + 2) + 2); above 20 it is 1 in float32, and e (e + 2) would leave float32 above 44.
            const float e = exponential(x < 20 ? x : 20);
            const float n = e * (e + 2);
            return x * quotient(n, n + 2);
        }
        case Activation::gelu: return 0.5f * x * (1 + erff(x * 0.70710678f));
        case Activation::relu: return x < 0 ? 0 : x;
    }
    return x;
}

}  // namespace lgv
