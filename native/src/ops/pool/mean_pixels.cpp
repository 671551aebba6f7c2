#include "ops/pool/mean_pixels.h"

namespace lgv {

Shape output_shape(const MeanPixels& op, const Shapes& shapes) {
    const Shape& x = shapes[op.x];
    return {x.n, 1, 1, x.c};
}

Cost cost(const MeanPixels& op, const Shapes& shapes) {
    const Shape& x = shapes[op.x];
    return {x.elements(), (x.elements() + x.n * x.c) * int64_t(sizeof(float))};
}

}  // namespace lgv
