#include "ops/loss/cross_entropy.h"

namespace lgv {

// A maximum, a difference, an exponential (as one), a sum and the two products of the derivative.
Cost cost(const CrossEntropy& op, const Shapes& shapes) {
    const Shape& logits = shapes[op.logits];
    return {6 * logits.elements(), (2 * logits.elements() + 3 * logits.n) * int64_t(sizeof(float))};
}

}  // namespace lgv
