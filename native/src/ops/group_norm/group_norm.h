// y = act(gamma * (X - mean) / sqrt(var + eps) + beta), statistics per (image, group) over pixels and the group's channels.
// With scale_shift: y = act((gamma * (X - mean) / sqrt(var + eps) + beta) * (1 + scale) + shift).
//
// X is [x, x2] side by side on C, so a concatenation costs nothing: y holds both.
// x: [N, H, W, C]   x2: [N, H, W, C2]   gamma, beta: [C + C2]   scale_shift: [N, 1, 1, 2(C + C2)], scale first   y: [N, H, W, C + C2]
// Two or three reads and one write of X: bound by memory.
#pragma once

#include <array>
#include <cstdint>

#include "ops/op.h"

namespace lgv {

struct GroupNorm {
    Value x, x2;
    Parameter weight, bias;
    int32_t groups = 32;
    float eps = 1e-5f;
    Activation act = Activation::none;
    Value scale_shift;

    std::array<Value, 3> inputs() const { return {x, x2, scale_shift}; }
    std::array<Parameter, 2> parameters() const { return {weight, bias}; }
};

Shape output_shape(const GroupNorm& op, const Shapes& shapes);
Cost cost(const GroupNorm& op, const Shapes& shapes);
template <class Real>
void reference(const GroupNorm& op, const ReferenceLaunchOf<Real>& launch);

}  // namespace lgv
