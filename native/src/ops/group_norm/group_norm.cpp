#include "ops/group_norm/group_norm.h"

#include "base/error.h"

namespace lgv {

Shape output_shape(const GroupNorm& op, const Shapes& shapes) {
    expect(bool(op.x), Code::model, "group_norm: it has no input");
    expect(op.weight && op.bias, Code::model, "group_norm: it needs a weight and a bias");
    Shape y = shapes[op.x];
    if (op.x2) {
        const Shape& x2 = shapes[op.x2];
        expect(x2.n == y.n && x2.h == y.h && x2.w == y.w, Code::model, "group_norm: the second input is ", to_text(x2), ", the first ", to_text(y),
               "; they must agree in all but their channels");
        y.c += x2.c;
    }
    expect(op.groups >= 1, Code::model, "group_norm: ", op.groups, " groups; at least 1 is needed");
    expect(y.c % op.groups == 0, Code::model, "group_norm: ", y.c, " channels do not split into ", op.groups, " groups");
    expect(op.eps > 0, Code::model, "group_norm: eps is ", op.eps, "; it must be above 0");
    if (op.scale_shift) {
        const Shape wanted{y.n, 1, 1, 2 * y.c};
        expect(shapes[op.scale_shift] == wanted, Code::model, "group_norm: scale and shift are ", to_text(shapes[op.scale_shift]), ", expected ", to_text(wanted));
    }
    return y;
}

// A channel's statistics take 3 flops an element, its application 3, silu about 4: one nominal figure of 10.
Cost cost(const GroupNorm& op, const Shapes& shapes) {
    const Shape y = output_shape(op, shapes);
    return {10 * y.elements(), (2 * y.elements() + 2 * y.c + (op.scale_shift ? 2 * y.n * y.c : 0)) * int64_t(sizeof(float))};
}

}  // namespace lgv
