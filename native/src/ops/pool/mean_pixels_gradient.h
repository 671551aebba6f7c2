// The derivative of y = mean over pixels of x of mean_pixels.h, given dy: dx[n, h, w, c] = dy[n, c] / (H W), the same for every pixel.
// One write of dx: bound by memory.
#pragma once

#include <array>

#include "ops/pool/mean_pixels.h"

namespace lgv {

struct MeanPixelsGradient {
    MeanPixels of;
    Value dy;
    Gradient dx;

    std::array<Value, 1> inputs() const { return {dy}; }
    std::array<Gradient, 1> outputs() const { return {dx}; }
    std::array<Parameter, 0> parameters() const { return {}; }
};

Cost cost(const MeanPixelsGradient& op, const Shapes& shapes);
template <class Real>
void reference(const MeanPixelsGradient& op, const ReferenceLaunchOf<Real>& launch);

}  // namespace lgv
