// dz = scale * dy act'(z), the derivative of y = scale * act(z), number by number.
//
// z, dy, dz: [N, H, W, C]. Where a linear layer's activation is differentiated: z is computed again, without the activation.
#pragma once

#include <array>

#include "ops/op.h"

namespace lgv {

struct ActivationGradient {
    Value z, dy;
    Activation act = Activation::silu;
    float scale = 1;
    Gradient dz;

    std::array<Value, 2> inputs() const { return {z, dy}; }
    std::array<Gradient, 1> outputs() const { return {dz}; }
    std::array<Parameter, 0> parameters() const { return {}; }
};

Cost cost(const ActivationGradient& op, const Shapes& shapes);
template <class Real>
void reference(const ActivationGradient& op, const ReferenceLaunchOf<Real>& launch);

}  // namespace lgv
