// out = scale * x, or out += scale * x: how a derivative passes a residual connection.
//
// x, out: [N, H, W, C]. Bound by memory.
#pragma once

#include <array>

#include "ops/op.h"

namespace lgv {

struct Scaled {
    Value x;
    float scale = 1;
    Gradient out;

    std::array<Value, 1> inputs() const { return {x}; }
    std::array<Gradient, 1> outputs() const { return {out}; }
    std::array<Parameter, 0> parameters() const { return {}; }
};

Cost cost(const Scaled& op, const Shapes& shapes);
template <class Real>
void reference(const Scaled& op, const ReferenceLaunchOf<Real>& launch);

}  // namespace lgv
