#include "ops/attention/attention.h"

#include "base/error.h"

namespace lgv {

namespace {

constexpr int64_t most_pixels = int64_t{1} << 20;  // 10^12 pairs, and no product of sizes here leaves int64_t

}  // namespace

Shape output_shape(const Attention& op, const Shapes& shapes) {
    expect(op.q && op.k && op.v, Code::model, "attention: it needs q, k and v");
    const Shape& q = shapes[op.q];
    for (const auto& [name, value] : {std::pair("k", op.k), std::pair("v", op.v)}) {
        expect(shapes[value] == q, Code::model, "attention: ", name, " is ", to_text(shapes[value]), ", q ", to_text(q), "; they must agree");
    }
    expect(q.h <= most_pixels / q.w, Code::argument, "attention: ", q.h, " x ", q.w, " pixels are more than ", most_pixels, ", every pair of which would be computed");
    expect(op.heads >= 1, Code::model, "attention: ", op.heads, " heads; at least 1 is needed");
    expect(q.c % op.heads == 0, Code::model, "attention: ", q.c, " channels do not split into ", op.heads, " heads");
    return q;
}

Cost cost(const Attention& op, const Shapes& shapes) {
    const Shape& q = shapes[op.q];
    const int64_t length = q.h * q.w;
    return {4 * q.n * length * length * q.c, 4 * q.elements() * int64_t(sizeof(float))};
}

}  // namespace lgv
