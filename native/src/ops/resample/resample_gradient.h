// The derivative of y = resample(x) of resample.h, given dy: the transposed filter. dx[n, r, s, c] = sum of u v dy[n, i, j, c] over every output
// (i, j) that has x[r, s] among its taps, with weights u and v. An odd last row or column that average leaves out has derivative 0.
// Bound by memory.
#pragma once

#include <array>

#include "ops/resample/resample.h"

namespace lgv {

struct ResampleGradient {
    Resample of;
    Value dy;
    Gradient dx;

    std::array<Value, 1> inputs() const { return {dy}; }
    std::array<Gradient, 1> outputs() const { return {dx}; }
    std::array<Parameter, 0> parameters() const { return {}; }
};

Cost cost(const ResampleGradient& op, const Shapes& shapes);
template <class Real>
void reference(const ResampleGradient& op, const ReferenceLaunchOf<Real>& launch);

}  // namespace lgv
