#include "ops/resample/resample_gradient.h"

namespace lgv {

// What the op itself costs: each of its taps is one here.
Cost cost(const ResampleGradient& op, const Shapes& shapes) {
    const int64_t dx = shapes[op.of.x].elements();
    const Cost forward = cost(op.of, shapes);
    return {forward.flops + (op.dx.add ? dx : 0), forward.bytes + (op.dx.add ? dx : 0) * int64_t(sizeof(float))};
}

}  // namespace lgv
