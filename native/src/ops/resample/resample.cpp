#include "ops/resample/resample.h"

#include "base/error.h"

namespace lgv {

Shape output_shape(const Resample& op, const Shapes& shapes) {
    expect(bool(op.x), Code::model, "resample: it has no input");
    const Shape& x = shapes[op.x];
    expect(x.n >= 1 && x.h >= 1 && x.w >= 1 && x.c >= 1, Code::argument, "resample: the input ", to_text(x), " has an empty side");
    if (!halves(op.kind)) return {x.n, 2 * x.h, 2 * x.w, x.c};
    expect(x.h >= 2 && x.w >= 2, Code::argument, "resample: ", x.h, " x ", x.w, " pixels cannot be halved");
    return {x.n, x.h / 2, x.w / 2, x.c};
}

Cost cost(const Resample& op, const Shapes& shapes) {
    const Shape y = output_shape(op, shapes);
    const int64_t taps = op.kind == ResampleKind::nearest ? 1 : op.kind == ResampleKind::fir_down ? 16 : 4;
    return {2 * taps * y.elements(), (shapes[op.x].elements() + y.elements()) * int64_t(sizeof(float))};
}

}  // namespace lgv
