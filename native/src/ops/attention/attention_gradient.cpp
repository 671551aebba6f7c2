#include "ops/attention/attention_gradient.h"

namespace lgv {

// Five products of L x L x D: P again, and the four of attention_gradient.h. Read: q, k, v, dy; written: dq, dk, dv.
Cost cost(const AttentionGradient& op, const Shapes& shapes) {
    const Shape q = output_shape(op.of, shapes);
    const int64_t length = q.h * q.w;
    return {10 * q.n * length * length * q.c, 7 * q.elements() * int64_t(sizeof(float))};
}

}  // namespace lgv
