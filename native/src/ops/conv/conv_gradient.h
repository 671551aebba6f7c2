// The derivatives of y = scale * (w * X + bias + time + residual) of conv.h, given dy = dL/dy:
//
//     dX[n, i, j, c]  = scale * sum of w[k, c, r, s] dy[n, y, x, k] over k and every (y, x, r, s) in which y[n, y, x, k] reads X[n, i, j, c]
//     dw[k, c, r, s] += scale * sum over n, y, x of dy[n, y, x, k] X[n, y*stride + r - top, x*stride + s - left, c]
//     dbias[k]       += scale * sum over n, y, x of dy[n, y, x, k]
//     dtime[n, k]     = scale * sum over y, x of dy[n, y, x, k]
//
// X is [x, x2] side by side, at twice its height and width with `upsample`: dx is then the sum over each pixel's four. Each half of dX costs what the
// forward pass costs. (dresidual = scale * dy is graph/gradient_rules.cpp's.)
#pragma once

#include <array>

#include "ops/conv/conv.h"

namespace lgv {

struct Conv2dDataGradient {
    Conv2d of;
    Value dy;
    Gradient dx, dx2;  // at least one of them

    std::array<Value, 1> inputs() const { return {dy}; }
    std::array<Gradient, 2> outputs() const { return {dx, dx2}; }
    std::array<Parameter, 0> parameters() const { return {}; }  // the weight is read; its gradient is the other op's
};

struct Conv2dWeightGradient {
    Conv2d of;
    Value dy;
    Gradient dtime;  // may be none

    std::array<Value, 3> inputs() const { return {of.x, of.x2, dy}; }
    std::array<Gradient, 1> outputs() const { return {dtime}; }
    std::array<Parameter, 2> parameters() const { return {of.weight, of.bias}; }
};

Cost cost(const Conv2dDataGradient& op, const Shapes& shapes);
Cost cost(const Conv2dWeightGradient& op, const Shapes& shapes);
template <class Real>
void reference(const Conv2dDataGradient& op, const ReferenceLaunchOf<Real>& launch);
template <class Real>
void reference(const Conv2dWeightGradient& op, const ReferenceLaunchOf<Real>& launch);

}  // namespace lgv
