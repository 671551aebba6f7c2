// loss[n] = w[n] * mean over pixels and channels of (out - target)^2, and its derivative with respect to what the network said:
// dout = 2 w[n] / (H W C) * (out - target). The loss of an update is the mean of loss[n] over all of its images; that division is the trainer's.
//
// out, target, dout: [N, H, W, C]   w, loss: [N, 1, 1, 1]. The sum in double, in the order of the elements whatever the instruction set.
#pragma once

#include <array>

#include "ops/op.h"

namespace lgv {

struct SquaredError {
    Value out, target, weight;
    Gradient loss, dout;  // both; neither adds

    std::array<Value, 3> inputs() const { return {out, target, weight}; }
    std::array<Gradient, 2> outputs() const { return {loss, dout}; }
    std::array<Parameter, 0> parameters() const { return {}; }
};

Cost cost(const SquaredError& op, const Shapes& shapes);
template <class Real>
void reference(const SquaredError& op, const ReferenceLaunchOf<Real>& launch);

}  // namespace lgv
