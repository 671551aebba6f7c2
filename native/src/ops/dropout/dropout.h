// y = keep * x / (1 - p): in training, each number is 0 with probability p (Srivastava et al. 2014, scaled as it is used today).
//
//     keep[n, e] = 1 where word e % 4 of Philox4x32-10(key = key[n], counter = (e / 4, layer, Purpose::dropout, 0)) is at least p * 2^32, else 0
//
// e: the element of the image's [H, W, C] activation. So an image's mask depends on its own key and the layer alone, and the backward pass
// makes the same mask again: dx = keep * dy / (1 - p).
// x, y: [N, H, W, C]   key: [N, 1, 1, 2], the low and the high 32 bits of a 64-bit key (uint32 in float's room)
// Bound by Philox: 10 rounds for four numbers.
#pragma once

#include <array>
#include <cstdint>

#include "ops/op.h"

namespace lgv {

struct Dropout {
    Value x;
    Value key;
    float p = 0;        // 0 <= p < 1
    int32_t layer = 0;  // a number of its own for each Dropout of a network

    std::array<Value, 2> inputs() const { return {x, key}; }
    std::array<Parameter, 0> parameters() const { return {}; }
};

struct DropoutGradient {
    Dropout of;
    Value dy;
    Gradient dx;

    std::array<Value, 2> inputs() const { return {of.key, dy}; }
    std::array<Gradient, 1> outputs() const { return {dx}; }
    std::array<Parameter, 0> parameters() const { return {}; }
};

Shape output_shape(const Dropout& op, const Shapes& shapes);
Cost cost(const Dropout& op, const Shapes& shapes);
Cost cost(const DropoutGradient& op, const Shapes& shapes);
template <class Real>
void reference(const Dropout& op, const ReferenceLaunchOf<Real>& launch);
template <class Real>
void reference(const DropoutGradient& op, const ReferenceLaunchOf<Real>& launch);

}  // namespace lgv
