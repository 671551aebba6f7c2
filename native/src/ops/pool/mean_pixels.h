// y[n, c] = mean over pixels of x[n, h, w, c]
//
// x: [N, H, W, C]   y: [N, 1, 1, C]   One read of x: bound by memory.
#pragma once

#include <array>

#include "ops/op.h"

namespace lgv {

struct MeanPixels {
    Value x;

    std::array<Value, 1> inputs() const { return {x}; }
    std::array<Parameter, 0> parameters() const { return {}; }
};

Shape output_shape(const MeanPixels& op, const Shapes& shapes);
Cost cost(const MeanPixels& op, const Shapes& shapes);
template <class Real>
void reference(const MeanPixels& op, const ReferenceLaunchOf<Real>& launch);

}  // namespace lgv
