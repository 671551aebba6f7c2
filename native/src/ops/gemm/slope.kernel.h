// The slopes of the activations of a vector, for the backward pass: dz = dy act'(z). Included after a vector.*.h.
//
// Each is within 4 2^-24 of activation_slope (ops/activation.h): where a slope crosses 0 its terms cancel, so the error is that of a slope of 1.
// Numbers so far out that a slope has reached its end are held where it did, so that no infinity meets a 0. NaN stays NaN.
#pragma once

#include "ops/gemm/exp.kernel.h"

namespace lgv {
namespace {

// 1 above 0, else 0, at 0 too: the smallest float32 times 2^149 is 1.
inline Vector relu_slope(Vector x) { return smaller(all(1.0f), multiply(multiply(larger(zeros(), x), all(0x1p+127f)), all(0x1p+22f))); }

// s (1 + x (1 - s)), s = 1 / (1 + e), 1 - s = e s, e = exp(-x)
inline Vector silu_slope(Vector x) {
    x = larger(all(-86.0f), smaller(all(86.0f), x));
    const Vector e = exponential(negative(x));
    const Vector s = divide(all(1.0f), add(all(1.0f), e));
    return multiply(s, multiply_add(x, multiply(e, s), all(1.0f)));
}

// y = x n / (n + 2), n = e (e + 2), e = exp(x): y' = (n + 4 x e (e + 1) / (n + 2)) / (n + 2)
inline Vector mish_slope(Vector x) {
    x = larger(all(-86.0f), smaller(all(20.0f), x));
    const Vector e = exponential(x);
    const Vector n = multiply(e, add(e, all(2.0f)));
    const Vector r = divide(all(1.0f), add(n, all(2.0f)));
    const Vector rise = multiply(multiply(multiply(x, all(4.0f)), multiply(e, r)), add(e, all(1.0f)));
    return multiply(r, add(n, rise));
}

// Phi(x) + x exp(-x^2 / 2) / sqrt(2 pi), Phi(x) = 1 - Phi(-x) above 0
inline Vector gelu_slope(Vector x) {
    x = larger(all(-13.0f), smaller(all(13.0f), x));
    const Vector a = larger(negative(x), x);
    const Vector e = exponential(multiply(multiply(a, a), all(-0.5f)));
    const Vector tail = multiply(normal_tail(a), e);
    const Vector normal = multiply_add(relu_slope(x), multiply_add(tail, all(-2.0f), all(1.0f)), tail);
    return multiply_add(multiply(x, e), all(0x1.988454p-2f), normal);
}

template <Activation act>
inline Vector activation_slope(Vector x) {
    if constexpr (act == Activation::silu) return silu_slope(x);
    if constexpr (act == Activation::mish) return mish_slope(x);
    if constexpr (act == Activation::gelu) return gelu_slope(x);
    if constexpr (act == Activation::relu) return relu_slope(x);
    return all(1.0f);
}

}  // namespace
}  // namespace lgv
