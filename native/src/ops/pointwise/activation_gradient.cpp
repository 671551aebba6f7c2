#include "ops/pointwise/activation_gradient.h"

namespace lgv {

// Two products; the slope itself is not counted.
Cost cost(const ActivationGradient& op, const Shapes& shapes) {
    const int64_t elements = shapes[op.z].elements(), added = op.dz.add ? elements : 0;
    return {2 * elements + added, (3 * elements + added) * int64_t(sizeof(float))};
}

}  // namespace lgv
