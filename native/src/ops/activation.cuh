// Activations in float32 for kernels: activation.h says which. The polynomials of gelu are those of gemm/exp.kernel.h.
//
// Exponentials are 2^x and quotients products with a reciprocal, both by the special function unit: 3 + |x| ulp each, of results that fall off as fast, so that an
// error never exceeds 2^-20 of the largest activation of inputs of its size: far below bfloat16, and within the float32 forms' 1e-5. silu is 5 instructions; with
// __expf and __fdividef, which keep denormal numbers, it is 14, and a kernel that applies it to bfloat16 would be bound by them instead of by memory.
#pragma once

#include <type_traits>

#include "device/cuda/ptx.cuh"
#include "ops/op.h"

namespace lgv {

LGV_DEVICE float fast_exp(float x) { return ex2(x * 0x1.715476p+0f); }

// Below -87 the reciprocal is 0, as the result should be.
LGV_DEVICE float silu(float x) { return x * rcp(1.0f + fast_exp(-x)); }

// x e (e + 2) / (e (e + 2) + 2), e = exp(x): nothing cancels. From 20 on the quotient is 1.
LGV_DEVICE float mish(float x) {
    const float e = fast_exp(x < 20.0f ? x : 20.0f), n = e * (e + 2.0f);
    return x * (n * rcp(n + 2.0f));
}

// max(x, 0) - |x| Phi(-|x|), Phi(-a) = exp(-a^2 / 2) t p(t), t = 1 / (1 + 0.2121 a)
LGV_DEVICE float gelu(float x) {
    const float a = x < 0 ? -x : x;
    const float t = rcp(fused(a, 0x1.b27248p-3f, 1.0f));
    float p = -0x1.09065ep-4f;
    p = fused(p, t, 0x1.f09754p-3f);
    p = fused(p, t, -0x1.0594d8p-2f);
    p = fused(p, t, 0x1.178b4ep-2f);
    p = fused(p, t, -0x1.7e37cep-5f);
    p = fused(p, t, 0x1.b6da84p-4f);
    p = fused(p, t, 0x1.302efcp-4f);
    p = fused(p, t, 0x1.5d8fe8p-4f);
    p = fused(p, t, 0x1.5a805ap-4f);
    const float tail = p * t * fast_exp(-0.5f * a * a);
    return (x < 0 ? 0.0f : x) - a * tail;
}

LGV_DEVICE float relu(float x) { return x < 0 ? 0.0f : x; }

template <Activation act>
LGV_DEVICE float activate(float x) {
    if constexpr (act == Activation::silu) return silu(x);
    if constexpr (act == Activation::mish) return mish(x);
    if constexpr (act == Activation::gelu) return gelu(x);
    if constexpr (act == Activation::relu) return relu(x);
    return x;
}

// In place, where it is not worth a kernel of its own: one choice for all, so that the code of each activation is there once.
template <int N>
LGV_DEVICE void activate(Activation act, float (&x)[N]) {
    const auto all = [&](auto f) {
        for (float& v : x) v = f(v);
    };
    switch (act) {
        case Activation::none: return;
        case Activation::silu: return all([](float v) { return silu(v); });
        case Activation::mish: return all([](float v) { return mish(v); });
        case Activation::gelu: return all([](float v) { return gelu(v); });
        case Activation::relu: return all([](float v) { return relu(v); });
    }
}

// Calls f(std::integral_constant<Activation, act>).
template <class F>
void with_activation(Activation act, const F& f) {
    switch (act) {
        case Activation::none: return f(std::integral_constant<Activation, Activation::none>{});
        case Activation::silu: return f(std::integral_constant<Activation, Activation::silu>{});
        case Activation::mish: return f(std::integral_constant<Activation, Activation::mish>{});
        case Activation::gelu: return f(std::integral_constant<Activation, Activation::gelu>{});
        case Activation::relu: return f(std::integral_constant<Activation, Activation::relu>{});
    }
}

}  // namespace lgv
