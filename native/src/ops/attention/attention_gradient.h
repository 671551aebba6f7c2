// The derivatives of y = P v, P = softmax(S), S = q k^T / sqrt(D) of attention.h, for each image and head, given dy:
//
//     dv = P^T dy      dP = dy v^T      dS = P (dP - sum over keys of P dP)      dq = dS k / sqrt(D)      dk = dS^T q / sqrt(D)
//
// P is computed again. 8 N heads L^2 D flops, and 2 for P.
#pragma once

#include <array>

#include "ops/attention/attention.h"

namespace lgv {

struct AttentionGradient {
    Attention of;
    Value dy;
    Gradient dq, dk, dv;  // all of them

    std::array<Value, 4> inputs() const { return {of.q, of.k, of.v, dy}; }
    std::array<Gradient, 3> outputs() const { return {dq, dk, dv}; }
    std::array<Parameter, 0> parameters() const { return {}; }
};

Cost cost(const AttentionGradient& op, const Shapes& shapes);
template <class Real>
void reference(const AttentionGradient& op, const ReferenceLaunchOf<Real>& launch);

}  // namespace lgv
