#include "ops/linear/linear_gradient.h"

namespace lgv {

Cost cost(const LinearDataGradient& op, const Shapes& shapes) {
    const Shape& x = shapes[op.of.x];
    const int64_t pixels = x.n * x.h * x.w, k = op.of.out_channels;
    const int64_t added = op.dx.add ? pixels * x.c : 0;
    return {2 * pixels * k * x.c + added, (k * x.c + pixels * (x.c + k) + added) * int64_t(sizeof(float))};
}

// The gradients are read and written.
Cost cost(const LinearWeightGradient& op, const Shapes& shapes) {
    const Shape& x = shapes[op.of.x];
    const int64_t pixels = x.n * x.h * x.w, k = op.of.out_channels, bias = op.of.bias ? 1 : 0;
    return {2 * pixels * k * x.c + bias * pixels * k, (2 * k * (x.c + bias) + pixels * (x.c + k)) * int64_t(sizeof(float))};
}

}  // namespace lgv
