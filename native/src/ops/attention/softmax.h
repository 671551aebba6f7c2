// Softmax of the rows of a matrix, in place, for one instruction set. A row's bits depend on its numbers and its length alone.
#pragma once

#include <cstdint>

namespace lgv {

struct SoftmaxKernels {
    // Rows are `row` floats apart and have `length` >= 1 floats.
    void (*rows)(float* s, int64_t row, int64_t rows, int64_t length);
};

}  // namespace lgv
