// y[n, p, c] = (scale * X[n, p, c] + shift) / divisor[n], X = [x, x2] side by side on C. What networks do to a picture at their borders (centring it,
// dividing by the noise level), and the concatenation that cannot be left to the reader.
//
// x: [N, H, W, C]   x2: none, or [N, H, W, C2]   divisor: none, or [N, 1, 1, 1]   y: [N, H, W, C + C2]
// One read and one write: bound by memory. Product, sum and quotient are rounded one by one.
#pragma once

#include <array>
#include <cstdint>

#include "ops/op.h"

namespace lgv {

struct Affine {
    Value x, x2;
    Value divisor;
    float scale = 1, shift = 0;

    std::array<Value, 3> inputs() const { return {x, x2, divisor}; }
    std::array<Parameter, 0> parameters() const { return {}; }
};

Shape output_shape(const Affine& op, const Shapes& shapes);
Cost cost(const Affine& op, const Shapes& shapes);
template <class Real>
void reference(const Affine& op, const ReferenceLaunchOf<Real>& launch);

}  // namespace lgv
