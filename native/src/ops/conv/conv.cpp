#include "ops/conv/conv.h"

#include "base/error.h"
#include "ops/weights.h"

namespace lgv {

namespace {

// Pixels and channels beyond these are mistakes, and below them no product of sizes here leaves int64_t.
constexpr int64_t largest_side = int64_t{1} << 20, largest_channels = int64_t{1} << 20, largest_elements = int64_t{1} << 40;

void check_input(const char* name, const Shape& shape) {
    expect(shape.n >= 1 && shape.h >= 1 && shape.w >= 1 && shape.c >= 1, Code::argument, "conv2d: ", name, " ", to_text(shape), " has an empty side");
    expect(shape.h <= largest_side && shape.w <= largest_side && shape.c <= largest_channels && shape.n <= largest_elements / shape.per_image(),
           Code::argument, "conv2d: ", name, " ", to_text(shape), " is larger than anything that can be computed (2^20 a side, 2^40 elements)");
}

int64_t in_channels(const Conv2d& op, const Shapes& shapes) { return shapes[op.x].c + (op.x2 ? shapes[op.x2].c : 0); }

}  // namespace

Shape output_shape(const Conv2d& op, const Shapes& shapes) {
    const Shape x = shapes[op.x];
    check_input("x", x);
    if (op.x2) {
        const Shape x2 = shapes[op.x2];
        check_input("x2", x2);
        expect(x2.n == x.n && x2.h == x.h && x2.w == x.w, Code::argument, "conv2d: x ", to_text(x), " and x2 ", to_text(x2),
               " do not lie side by side (rows, height and width must agree)");
    }
    expect(op.kernel >= 1 && op.kernel <= 1024, Code::argument, "conv2d: kernel ", op.kernel, " is not between 1 and 1024");
    expect(op.stride >= 1 && op.stride <= 1024, Code::argument, "conv2d: stride ", op.stride, " is not between 1 and 1024");
    for (const int32_t side : {op.pad.top, op.pad.left, op.pad.bottom, op.pad.right})
        expect(side >= 0 && side <= 1024, Code::argument, "conv2d: padding ", side, " is not between 0 and 1024");
    expect(op.out_channels >= 1 && op.out_channels <= largest_channels, Code::argument, "conv2d: ", op.out_channels, " output channels");

    const int64_t zoom = op.upsample ? 2 : 1;
    const int64_t free_h = x.h * zoom + op.pad.top + op.pad.bottom - op.kernel, free_w = x.w * zoom + op.pad.left + op.pad.right - op.kernel;
    expect(free_h >= 0 && free_w >= 0, Code::argument, "conv2d: kernel ", op.kernel, " is larger than the padded image of ", free_h + op.kernel,
           " x ", free_w + op.kernel, " pixels");
    const Shape out{x.n, free_h / op.stride + 1, free_w / op.stride + 1, op.out_channels};
    check_input("the output", out);

    if (op.time) {
        const Shape time = shapes[op.time], want{x.n, 1, 1, out.c};
        expect(time == want, Code::argument, "conv2d: time ", to_text(time), " is not ", to_text(want), ", a row of output channels for each image");
    }
    if (op.residual)
        expect(shapes[op.residual] == out, Code::argument, "conv2d: residual ", to_text(shapes[op.residual]), " is added to an output ",
               to_text(out));
    return out;
}

void check_parameters(const Conv2d& op, const Shapes& shapes, const Weights& weights) {
    const std::vector<int64_t> want{op.out_channels, in_channels(op, shapes), op.kernel, op.kernel};
    expect(weights.shape(op.weight) == want, Code::model, "conv2d: weight ", to_text(weights.shape(op.weight)), " is not ", to_text(want),
           " (output channels, input channels, kernel, kernel)");
    if (op.bias)
        expect(weights.shape(op.bias) == std::vector<int64_t>{op.out_channels}, Code::model, "conv2d: bias ",
               to_text(weights.shape(op.bias)), " is not [", op.out_channels, "]");
}

Cost cost(const Conv2d& op, const Shapes& shapes) {
    const Shape out = output_shape(op, shapes);
    const int64_t taps = in_channels(op, shapes) * op.kernel * op.kernel;
    int64_t elements = out.elements() + out.c * (taps + (op.bias ? 1 : 0));
    for (const Value value : op.inputs())
        if (value) elements += shapes[value].elements();
    return {.flops = 2 * out.elements() * taps, .bytes = elements * int64_t(sizeof(float))};
}

}  // namespace lgv
