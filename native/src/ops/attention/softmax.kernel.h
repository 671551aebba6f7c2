// Three sweeps over a row that is in the first-level cache: its maximum; exp(s - maximum) and the sum, in 2 x `lanes` partial sums added in a fixed
// order; the division. Lanes behind the row's end are 0 in the sum.
#pragma once

#include "ops/attention/softmax.h"
#include "ops/gemm/exp.kernel.h"

namespace lgv {
namespace {

void softmax_rows(float* s, int64_t row, int64_t rows, int64_t length) {
    const int64_t body = (length - 1) / lanes * lanes;  // what is before the last vector, which may be part of one
    const Mask last = first(length - body);
    for (int64_t i = 0; i < rows; ++i, s += row) {
        const Vector tail = load(s + body, last);
        Vector high = keep(tail, last, all(s[body]));
        for (int64_t j = 0; j < body; j += lanes) high = larger(high, load(s + j));
        const Vector largest = all(lane_largest(high));

        Vector even = zeros(), odd = zeros();
        int64_t j = 0;
        for (; j + 2 * lanes <= body; j += 2 * lanes) {
            const Vector e0 = exponential(subtract(load(s + j), largest)), e1 = exponential(subtract(load(s + j + lanes), largest));
            store(s + j, e0);
            store(s + j + lanes, e1);
            even = add(even, e0);
            odd = add(odd, e1);
        }
        if (j < body) {
            const Vector e = exponential(subtract(load(s + j), largest));
            store(s + j, e);
            even = add(even, e);
        }
        const Vector e = keep(exponential(subtract(tail, largest)), last, zeros());
        store(s + body, e, last);
        odd = add(odd, e);

        const Vector factor = all(1.0f / lane_sum(add(even, odd)));
        for (j = 0; j < body; j += lanes) store(s + j, multiply(load(s + j), factor));
        store(s + body, multiply(e, factor), last);
    }
}

}  // namespace
}  // namespace lgv
