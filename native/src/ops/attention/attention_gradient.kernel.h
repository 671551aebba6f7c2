// Two sweeps over a row that is in the first-level cache: the sum of P dP, in 2 x `lanes` partial sums added in a fixed order; dS. And a transposition by
// squares of `lanes` numbers. Included after a vector.*.h.
#pragma once

#include "ops/attention/attention_gradient_kernels.h"

namespace lgv {
namespace {

void softmax_slopes(const float* p, float* dp, int64_t row, int64_t rows, int64_t length, float scale) {
    const int64_t body = (length - 1) / lanes * lanes;  // what is before the last vector, which may be part of one
    const Mask last = first(length - body);
    for (int64_t i = 0; i < rows; ++i, p += row, dp += row) {
        Vector even = zeros(), odd = multiply(load(p + body, last), load(dp + body, last));
        int64_t j = 0;
        for (; j + 2 * lanes <= body; j += 2 * lanes) {
            even = multiply_add(load(p + j), load(dp + j), even);
            odd = multiply_add(load(p + j + lanes), load(dp + j + lanes), odd);
        }
        if (j < body) even = multiply_add(load(p + j), load(dp + j), even);
        const Vector mean = all(lane_sum(add(even, odd))), factor = all(scale);
        for (j = 0; j < body; j += lanes) store(dp + j, multiply(multiply(load(p + j), factor), subtract(load(dp + j), mean)));
        store(dp + body, multiply(multiply(load(p + body, last), factor), subtract(load(dp + body, last), mean)), last);
    }
}

void transpose_rows(const float* s, int64_t row, int64_t rows, int64_t length, float* to, int64_t to_row) {
    for (int64_t i = 0; i < rows; i += lanes) {
        const int64_t count = rows - i < lanes ? rows - i : lanes;
        const Mask present = first(count);
        for (int64_t j = 0; j < length; j += lanes) {
            const int64_t columns = length - j < lanes ? length - j : lanes;
            const Mask mask = first(columns);
            Vector square[lanes];
            for (int64_t k = 0; k < lanes; ++k) square[k] = k < count ? load(s + (i + k) * row + j, mask) : zeros();
            transpose(square);
            for (int64_t k = 0; k < columns; ++k) store(to + (j + k) * to_row + i, square[k], present);
        }
    }
}

}  // namespace
}  // namespace lgv
