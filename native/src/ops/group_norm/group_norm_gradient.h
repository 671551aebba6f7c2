// The derivatives of y = act(z), z = u * (1 + scale) + shift, u = gamma * xhat + beta, xhat = (X - mean) / sqrt(var + eps) of group_norm.h, given dy:
//
//     dz = dy act'(z)      du = dz (1 + scale)      dscale[n, c] = sum over pixels of dz u      dshift[n, c] = sum over pixels of dz
//     dgamma[c] += sum over n, pixels of du xhat    dbeta[c] += sum over n, pixels of du
//     dX = (gamma du - mean of gamma du - xhat * mean of gamma du xhat) / sqrt(var + eps), means over the group's pixels and channels
//
// Statistics are computed again: an image's slice of a group is read from the cache by the second sweep, so nothing of the forward pass is kept but X.
#pragma once

#include <array>

#include "ops/group_norm/group_norm.h"

namespace lgv {

struct GroupNormGradient {
    GroupNorm of;
    Value dy;
    Gradient dx, dx2, dscale_shift;  // each may be none

    std::array<Value, 4> inputs() const { return {of.x, of.x2, of.scale_shift, dy}; }
    std::array<Gradient, 3> outputs() const { return {dx, dx2, dscale_shift}; }
    std::array<Parameter, 2> parameters() const { return {of.weight, of.bias}; }
};

Cost cost(const GroupNormGradient& op, const Shapes& shapes);
template <class Real>
void reference(const GroupNormGradient& op, const ReferenceLaunchOf<Real>& launch);

}  // namespace lgv
