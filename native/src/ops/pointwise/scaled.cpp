#include "ops/pointwise/scaled.h"

namespace lgv {

Cost cost(const Scaled& op, const Shapes& shapes) {
    const int64_t elements = shapes[op.x].elements();
    return {(op.out.add ? 2 : 1) * elements, (op.out.add ? 3 : 2) * elements * int64_t(sizeof(float))};
}

}  // namespace lgv
