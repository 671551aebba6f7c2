// y[m, k] = scale * act(sum over c of w[k, c] * x[m, c] + bias[k] + residual[m, k]), for every pixel m of every image.
//
// x: [N, H, W, C]   weight: [K, C]   bias: [K]   residual, y: [N, H, W, K]
// 2 N H W C K flops. With one pixel an image (the time path) bound by the weights' memory.
#pragma once

#include <array>
#include <cstdint>

#include "ops/op.h"

namespace lgv {

struct Linear {
    Value x;
    Parameter weight, bias;  // bias may be none
    int32_t out_channels = 0;
    Value residual;
    Activation act = Activation::none;
    float scale = 1;

    std::array<Value, 2> inputs() const { return {x, residual}; }
    std::array<Parameter, 2> parameters() const { return {weight, bias}; }
};

Shape output_shape(const Linear& op, const Shapes& shapes);
Cost cost(const Linear& op, const Shapes& shapes);
template <class Real>
void reference(const Linear& op, const ReferenceLaunchOf<Real>& launch);

}  // namespace lgv
