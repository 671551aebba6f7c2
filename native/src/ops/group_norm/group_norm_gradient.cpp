#include "ops/group_norm/group_norm_gradient.h"

namespace lgv {

// Statistics take 3 flops an element, dz and its two sums about 15, dX 5.
Cost cost(const GroupNormGradient& op, const Shapes& shapes) {
    const Shape y = output_shape(op.of, shapes);
    int64_t floats = 2 * y.elements() + 4 * y.c;  // X, dy; gamma, beta and their derivatives
    for (const Gradient& d : {op.dx, op.dx2}) floats += d ? shapes[d.value].elements() : 0;
    if (op.of.scale_shift) floats += 2 * y.n * y.c * (op.dscale_shift ? 2 : 1);
    return {23 * y.elements(), floats * int64_t(sizeof(float))};
}

}  // namespace lgv
