// y = softmax(q k^T / sqrt(D)) v, for each image and each head alone. (Vaswani et al. 2017; pixels are the sequence.)
//
// q, k, v, y: [N, H, W, heads * D], L = H W: head i is channels i*D .. (i+1)*D - 1
// 4 N heads L^2 D flops.
#pragma once

#include <array>
#include <cstdint>

#include "ops/op.h"

namespace lgv {

struct Attention {
    Value q, k, v;
    int32_t heads = 1;

    std::array<Value, 3> inputs() const { return {q, k, v}; }
    std::array<Parameter, 0> parameters() const { return {}; }
};

Shape output_shape(const Attention& op, const Shapes& shapes);
Cost cost(const Attention& op, const Shapes& shapes);
template <class Real>
void reference(const Attention& op, const ReferenceLaunchOf<Real>& launch);

}  // namespace lgv
