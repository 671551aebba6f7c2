#include "ops/affine/affine.h"

#include "base/error.h"

namespace lgv {

Shape output_shape(const Affine& op, const Shapes& shapes) {
    expect(bool(op.x), Code::model, "affine: it has no input");
    Shape y = shapes[op.x];
    if (op.x2) {
        const Shape& x2 = shapes[op.x2];
        expect(x2.n == y.n && x2.h == y.h && x2.w == y.w, Code::argument, "affine: the second input is ", to_text(x2), ", the first ", to_text(y),
               "; they must agree in all but their channels");
        y.c += x2.c;
    }
    if (op.divisor) {
        const Shape& divisor = shapes[op.divisor];
        expect(divisor == (Shape{y.n, 1, 1, 1}), Code::argument, "affine: the divisor is ", to_text(divisor), ", expected [", y.n, ", 1, 1, 1]");
    }
    return y;
}

Cost cost(const Affine& op, const Shapes& shapes) {
    const Shape y = output_shape(op, shapes);
    return {3 * y.elements(), (2 * y.elements() + (op.divisor ? y.n : 0)) * int64_t(sizeof(float))};
}

}  // namespace lgv
