#include "ops/conv/conv_gradient.h"

namespace lgv {

namespace {

int64_t elements_of(const Shapes& shapes, Value value) { return value ? shapes[value].elements() : 0; }

// Read and written where it is added to.
int64_t elements_of(const Shapes& shapes, Gradient gradient) { return elements_of(shapes, gradient.value) * (gradient.add ? 2 : 1); }

}  // namespace

Cost cost(const Conv2dDataGradient& op, const Shapes& shapes) {
    const Shape dy = shapes[op.dy];
    const int64_t channels = (op.dx ? shapes[op.of.x].c : 0) + (op.dx2 ? shapes[op.of.x2].c : 0);
    const int64_t weights = dy.c * channels * op.of.kernel * op.of.kernel;
    return {.flops = 2 * dy.n * dy.h * dy.w * weights,
            .bytes = (dy.elements() + weights + elements_of(shapes, op.dx) + elements_of(shapes, op.dx2)) * int64_t(sizeof(float))};
}

Cost cost(const Conv2dWeightGradient& op, const Shapes& shapes) {
    const Shape dy = shapes[op.dy];
    const int64_t channels = shapes[op.of.x].c + (op.of.x2 ? shapes[op.of.x2].c : 0);
    const int64_t weights = dy.c * channels * op.of.kernel * op.of.kernel, sums = op.of.bias || op.dtime ? dy.elements() : 0;
    const int64_t elements = dy.elements() + elements_of(shapes, op.of.x) + elements_of(shapes, op.of.x2) + elements_of(shapes, op.dtime) +
                             2 * (weights + (op.of.bias ? dy.c : 0));
    return {.flops = 2 * dy.n * dy.h * dy.w * weights + sums, .bytes = elements * int64_t(sizeof(float))};
}

}  // namespace lgv
