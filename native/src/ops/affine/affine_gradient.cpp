#include "ops/affine/affine_gradient.h"

namespace lgv {

Cost cost(const AffineGradient& op, const Shapes& shapes) {
    const Shape& dy = shapes[op.dy];
    int64_t derivatives = 0, added = 0;
    for (const Gradient to : op.outputs()) {
        if (!to) continue;
        derivatives += shapes[to.value].elements();
        if (to.add) added += shapes[to.value].elements();
    }
    return {2 * derivatives + added, (2 * derivatives + added + (op.of.divisor ? dy.n : 0)) * int64_t(sizeof(float))};
}

}  // namespace lgv
