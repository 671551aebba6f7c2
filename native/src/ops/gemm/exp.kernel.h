// exp and silu of a vector, by explicit fma. Included after a vector.*.h.
//
//     exp(x) = 2^n exp(r), n = round(x / ln 2), |r| <= ln(2) / 2, exp(r) = 1 + r + r^2 q(r)
// q has degree 4 and the least relative error of exp (4e-9, with these float32 coefficients). exp is within 1 ulp where its result is a normal
// float32 and held at the ends of that range: exp(-87.3) below it (1.2e-38, not 0), exp(88) above. NaN stays NaN.
#pragma once

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

}  // namespace
}  // namespace lgv
