// loss[n] = -w[n] * ln softmax(logits[n])[label[n]], and its derivative with respect to what the network said:
// dlogits[n, k] = w[n] * (softmax(logits[n])[k] - (k == label[n])). The loss of an update is the mean of loss[n] over all of its images; that division is
// the trainer's.
//
// logits, dlogits: [N, 1, 1, K]   label: [N, 1, 1, 1] int32, 0 to K - 1   w, loss: [N, 1, 1, 1]. The largest logit is taken off before exp: no overflow.
#pragma once

#include <array>

#include "ops/op.h"

namespace lgv {

struct CrossEntropy {
    Value logits, label, weight;
    Gradient loss, dlogits;  // both; neither adds

    std::array<Value, 3> inputs() const { return {logits, label, weight}; }
    std::array<Gradient, 2> outputs() const { return {loss, dlogits}; }
    std::array<Parameter, 0> parameters() const { return {}; }
};

Cost cost(const CrossEntropy& op, const Shapes& shapes);
template <class Real>
void reference(const CrossEntropy& op, const ReferenceLaunchOf<Real>& launch);

}  // namespace lgv
