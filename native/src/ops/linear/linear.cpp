#include "ops/linear/linear.h"

#include "base/error.h"

namespace lgv {

Shape output_shape(const Linear& op, const Shapes& shapes) {
    expect(bool(op.x), Code::model, "linear: it has no input");
    expect(bool(op.weight), Code::model, "linear: it has no weight");
    expect(op.out_channels >= 1, Code::model, "linear: ", op.out_channels, " output channels; at least 1 is needed");
    Shape y = shapes[op.x];
    y.c = op.out_channels;
    if (op.residual) {
        expect(shapes[op.residual] == y, Code::model, "linear: the residual is ", to_text(shapes[op.residual]), ", the output it is added to ", to_text(y));
    }
    return y;
}

Cost cost(const Linear& op, const Shapes& shapes) {
    const Shape& x = shapes[op.x];
    const int64_t pixels = x.n * x.h * x.w, k = op.out_channels;
    const int64_t weights = k * x.c + (op.bias ? k : 0);
    const int64_t values = pixels * (x.c + k + (op.residual ? k : 0));
    return {2 * pixels * k * x.c, (weights + values) * int64_t(sizeof(float))};
}

}  // namespace lgv
