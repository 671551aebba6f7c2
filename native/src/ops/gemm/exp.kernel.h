// exp and the activations of a vector, by explicit fma. Included after a vector.*.h.
//
//     exp(x) = 2^n exp(r), n = round(x / ln 2), |r| <= ln(2) / 2, exp(r) = 1 + r + r^2 q(r)
// q has degree 4 and the least relative error of exp (4e-9, with these float32 coefficients). exp is within 1 ulp where its result is a normal
// float32 and held at the ends of that range: exp(-87.3) below it (1.2e-38, not 0), exp(88) above. NaN stays NaN.
#pragma once

#include "ops/op.h"

namespace lgv {
namespace {

inline Vector exponential(Vector x) {
    x = larger(all(-87.33654f), smaller(all(88.0f), x));
    const Vector n = nearest_integer(multiply(x, all(0x1.715476p+0f)));
    Vector r = multiply_add(n, all(-0x1.62e43p-1f), x);  // ln 2 in two floats
    r = multiply_add(n, all(0x1.05c61p-29f), r);
    Vector q = all(0x1.6a2434p-10f);
    q = multiply_add(q, r, all(0x1.1239e2p-7f));
    q = multiply_add(q, r, all(0x1.5558f2p-5f));
    q = multiply_add(q, r, all(0x1.555492p-3f));
    q = multiply_add(q, r, all(0x1.fffffcp-2f));
    q = multiply_add(q, multiply(r, r), r);
    return times_power_of_two(add(q, all(1.0f)), n);
}

// x / (1 + exp(-x)): within 2.5 ulp for x >= -87; x / 1.7e38 below -88, which is 0 but for an x that no network has.
inline Vector silu(Vector x) { return divide(x, add(all(1.0f), exponential(negative(x)))); }

// x tanh(ln(1 + e)) = x e (e + 2) / (e (e + 2) + 2), e = exp(x): nothing cancels, within 4 ulp for x >= -87. From 20 on the quotient is 1.
inline Vector mish(Vector x) {
    const Vector e = exponential(smaller(all(20.0f), x));
    const Vector n = multiply(e, add(e, all(2.0f)));
    return multiply(x, divide(n, add(n, all(2.0f))));
}

// Phi(-a) exp(a^2 / 2) = t p(t), t = 1 / (1 + 0.2121 a), for a >= 0: degree 8, relative error 3e-8.
inline Vector normal_tail(Vector a) {
    const Vector t = divide(all(1.0f), multiply_add(a, all(0x1.b27248p-3f), all(1.0f)));
    Vector p = all(-0x1.09065ep-4f);
    p = multiply_add(p, t, all(0x1.f09754p-3f));
    p = multiply_add(p, t, all(-0x1.0594d8p-2f));
    p = multiply_add(p, t, all(0x1.178b4ep-2f));
    p = multiply_add(p, t, all(-0x1.7e37cep-5f));
    p = multiply_add(p, t, all(0x1.b6da84p-4f));
    p = multiply_add(p, t, all(0x1.302efcp-4f));
    p = multiply_add(p, t, all(0x1.5d8fe8p-4f));
    p = multiply_add(p, t, all(0x1.5a805ap-4f));
    return multiply(p, t);
}

// x Phi(x) = max(x, 0) - |x| Phi(-|x|), Phi the normal distribution. Nothing cancels: within 5 ulp for x > 0, 10 ulp down to -5; below, the rounding of
// a^2 shows (a^2 / 2 ulp of what is nearly 0).
inline Vector gelu(Vector x) {
    const Vector a = larger(negative(x), x);
    const Vector tail = multiply(normal_tail(a), exponential(multiply(multiply(a, a), all(-0.5f))));
    return subtract(larger(zeros(), x), multiply(a, tail));
}

inline Vector relu(Vector x) { return larger(zeros(), x); }

template <Activation act>
inline Vector activate(Vector x) {
    if constexpr (act == Activation::silu) return silu(x);
    if constexpr (act == Activation::mish) return mish(x);
    if constexpr (act == Activation::gelu) return gelu(x);
    if constexpr (act == Activation::relu) return relu(x);
    return x;
}

}  // namespace
}  // namespace lgv
