// The derivatives of y = (scale * X + shift) / divisor of affine.h, given dy: dX[n, p, c] = scale * dy[n, p, c] / divisor[n], cut at x's channels into
// dx and dx2. Bound by memory. Product and quotient are rounded one by one.
#pragma once

#include <array>

#include "ops/affine/affine.h"

namespace lgv {

struct AffineGradient {
    Affine of;
    Value dy;
    Gradient dx, dx2;  // at least one of them

    std::array<Value, 2> inputs() const { return {of.divisor, dy}; }
    std::array<Gradient, 2> outputs() const { return {dx, dx2}; }
    std::array<Parameter, 0> parameters() const { return {}; }
};

Cost cost(const AffineGradient& op, const Shapes& shapes);
template <class Real>
void reference(const AffineGradient& op, const ReferenceLaunchOf<Real>& launch);

}  // namespace lgv
