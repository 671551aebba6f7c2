// The derivative of y[n] = table[label[n]] of embedding.h, given dy: dtable[label[n]] += dy[n], image after image.
#pragma once

#include <array>

#include "ops/embedding/embedding.h"

namespace lgv {

struct LabelEmbeddingGradient {
    LabelEmbedding of;
    Value dy;

    std::array<Value, 2> inputs() const { return {of.label, dy}; }
    std::array<Gradient, 0> outputs() const { return {}; }
    std::array<Parameter, 1> parameters() const { return {of.table}; }
};

Cost cost(const LabelEmbeddingGradient& op, const Shapes& shapes);
template <class Real>
void reference(const LabelEmbeddingGradient& op, const ReferenceLaunchOf<Real>& launch);

}  // namespace lgv
