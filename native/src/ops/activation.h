// Activations in double, for the reference forms. The fast ones are in gemm/exp.kernel.h.
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

}  // namespace lgv
