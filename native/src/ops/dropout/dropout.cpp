#include "ops/dropout/dropout.h"

#include "base/error.h"

namespace lgv {

namespace {

// Ten rounds of two products and four exclusive ors make the words of four numbers, each of which is compared and multiplied.
constexpr int64_t flops_of_four = 10 * 6 + 4 * 2;

Cost cost_of(const Shape& x, bool add) {
    const int64_t elements = x.elements();
    return {elements * flops_of_four / 4 + (add ? elements : 0), ((add ? 3 : 2) * elements + 2 * x.n) * int64_t(sizeof(float))};
}

}  // namespace

Shape output_shape(const Dropout& op, const Shapes& shapes) {
    expect(bool(op.x), Code::model, "dropout: it has no input");
    expect(bool(op.key), Code::model, "dropout: it has no keys");
    const Shape &x = shapes[op.x], &key = shapes[op.key];
    expect(key == (Shape{x.n, 1, 1, 2}), Code::argument, "dropout: the keys are ", to_text(key), ", expected [", x.n, ", 1, 1, 2]");
    expect(op.p >= 0 && op.p < 1, Code::model, "dropout: p is ", op.p, "; at least 0 and below 1 is needed");
    expect(op.layer >= 0, Code::model, "dropout: layer ", op.layer, "; they are counted from 0");
    expect(x.per_image() <= int64_t{1} << 34, Code::argument, "dropout: an image of ", to_text(x), " has more than the 2^34 elements that one key is for");
    return x;
}

Cost cost(const Dropout& op, const Shapes& shapes) { return cost_of(shapes[op.x], false); }
Cost cost(const DropoutGradient& op, const Shapes& shapes) { return cost_of(shapes[op.dy], op.dx.add); }

}  // namespace lgv
