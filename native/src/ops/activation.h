// Activations and their slopes in double, for the reference forms. The fast ones are in gemm/exp.kernel.h and gemm/slope.kernel.h.
#pragma once

#include <cmath>

#include "ops/op.h"

namespace lgv {

inline double activate(Activation act, double x) {
    switch (act) {
        case Activation::none: return x;
        case Activation::silu: return x / (1 + std::exp(-x));
        case Activation::mish: return x * std::tanh(x > 40 ? x : std::log1p(std::exp(x)));
        case Activation::gelu: return 0.5 * x * std::erfc(-x * 0.70710678118654752440);
        case Activation::relu: return x < 0 ? 0 : x;
    }
    return x;
}

// silu, s = 1 / (1 + exp(-x)): s (1 + x (1 - s))   mish, w = tanh(ln(1 + exp(x))): w + x (1 - w^2) / (1 + exp(-x))
// gelu: Phi(x) + x exp(-x^2 / 2) / sqrt(2 pi)      relu: 1 above 0, else 0, at 0 too
inline double activation_slope(Activation act, double x) {
    const double logistic = 1 / (1 + std::exp(-x));
    switch (act) {
        case Activation::none: return 1;
        case Activation::silu: return logistic * (1 + x * (1 - logistic));
        case Activation::mish: {
            const double w = std::tanh(x > 40 ? x : std::log1p(std::exp(x)));
            return w + x * (1 - w * w) * logistic;
        }
        case Activation::gelu: return 0.5 * std::erfc(-x * 0.70710678118654752440) + x * std::exp(-0.5 * x * x) * 0.39894228040143267794;
        case Activation::relu: return x > 0 ? 1 : 0;
    }
    return 1;
}

}  // namespace lgv
