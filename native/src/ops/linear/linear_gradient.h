// The derivatives of y = scale * (x w^T + bias + residual) of linear.h, given dy. `of.act` is none: an activation is differentiated on its own
// (pointwise/activation_gradient.h), at the sum computed again.
//
//     dx[m, c] = scale * sum over k of dy[m, k] w[k, c]
//     dw[k, c] += scale * sum over m of dy[m, k] x[m, c]      dbias[k] += scale * sum over m of dy[m, k]      m: every pixel of every image
//
// 2 N H W C K flops each.
#pragma once

#include <array>

#include "ops/linear/linear.h"

namespace lgv {

struct LinearDataGradient {
    Linear of;
    Value dy;
    Gradient dx;

    std::array<Value, 1> inputs() const { return {dy}; }
    std::array<Gradient, 1> outputs() const { return {dx}; }
    std::array<Parameter, 0> parameters() const { return {}; }
};

struct LinearWeightGradient {
    Linear of;
    Value dy;

    std::array<Value, 2> inputs() const { return {of.x, dy}; }
    std::array<Gradient, 0> outputs() const { return {}; }
    std::array<Parameter, 2> parameters() const { return {of.weight, of.bias}; }
};

Cost cost(const LinearDataGradient& op, const Shapes& shapes);
Cost cost(const LinearWeightGradient& op, const Shapes& shapes);
template <class Real>
void reference(const LinearDataGradient& op, const ReferenceLaunchOf<Real>& launch);
template <class Real>
void reference(const LinearWeightGradient& op, const ReferenceLaunchOf<Real>& launch);

}  // namespace lgv
