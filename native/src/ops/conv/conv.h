// y[n, y, x, k] = scale * (sum over r, s, c of w[k, c, r, s] * X[n, y*stride + r - top, x*stride + s - left, c] + bias[k] + time[n, k] + residual)
//
// X is [x, x2] side by side on C; with `upsample`, x is read at twice its height and width by nearest neighbour (never stored). Outside X is 0.
// x: [N, H, W, C]   weight: [K, C + C2, R, R]   bias: [K]   time: [N, 1, 1, K]   residual, y: [N, H', W', K]
// H' = (H + top + bottom - R) / stride + 1
// 2 N H' W' K C R^2 flops: bound by arithmetic from about 16 channels on.
#pragma once

#include <array>
#include <cstdint>

#include "ops/op.h"

namespace lgv {

struct Padding {
    int32_t top = 0, left = 0, bottom = 0, right = 0;
    static constexpr Padding all(int32_t p) { return {p, p, p, p}; }
};

struct Conv2d {
    Value x, x2;             // x2: none, or a second source of the same height and width
    Parameter weight, bias;  // bias may be none
    Value time;              // none, or a row for each image that is added to every pixel (the time embedding)
    Value residual;          // none, or what is added to the sum
    int32_t out_channels = 0;
    int32_t kernel = 3;
    int32_t stride = 1;
    Padding pad = Padding::all(1);
    bool upsample = false;
    float scale = 1;

    std::array<Value, 4> inputs() const { return {x, x2, time, residual}; }
    std::array<Parameter, 2> parameters() const { return {weight, bias}; }
};

Shape output_shape(const Conv2d& op, const Shapes& shapes);
Cost cost(const Conv2d& op, const Shapes& shapes);

// Error::model where the weights are not what the op and its input ask for.
void check_parameters(const Conv2d& op, const Shapes& shapes, const Weights& weights);

template <class Real>
void reference(const Conv2d& op, const ReferenceLaunchOf<Real>& launch);

}  // namespace lgv
