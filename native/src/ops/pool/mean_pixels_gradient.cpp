#include "ops/pool/mean_pixels_gradient.h"

namespace lgv {

Cost cost(const MeanPixelsGradient& op, const Shapes& shapes) {
    const Shape &x = shapes[op.of.x], &dy = shapes[op.dy];
    const int64_t moved = (op.dx.add ? 2 : 1) * x.elements() + dy.elements();
    return {dy.elements() + (op.dx.add ? x.elements() : 0), moved * int64_t(sizeof(float))};
}

}  // namespace lgv
