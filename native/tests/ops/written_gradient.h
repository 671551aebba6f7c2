// An op of the backward pass as one with an output, so that Bench (gemm_harness.h) can try whether a picture's derivative has its own bits:
//
//     bench.expect_batch_invariance(WrittenGradient{ScaledOp, &ScaledOp::out, op.x}, isa);     the derivative is of the shape of `like`
#pragma once

#include "tests/ops/gemm_harness.h"

namespace lgv::testing {

template <class Op>
struct WrittenGradient {
    Op op;
    Gradient Op::*to;
    Value like;

    auto inputs() const { return op.inputs(); }
};

template <class Op>
Shape output_shape(const WrittenGradient<Op>& written, const Shapes& shapes) {
    return shapes[written.like];
}

template <class Op>
auto lower(const WrittenGradient<Op>& written, Value out, const Shapes& shapes, Weights& weights, Isa isa) {
    Op op = written.op;
    op.*written.to = Gradient{out};
    return lower(op, shapes, weights, isa);
}

}  // namespace lgv::testing
