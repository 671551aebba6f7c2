// What attention's gradient does to blocks of scores between its matrix products, for one instruction set. A row's bits depend on its numbers and its
// length alone. Rows are `row` floats apart and have `length` >= 1 floats.
#pragma once

#include <cstdint>

namespace lgv {

struct AttentionGradientKernels {
    // dS = scale * P (dP - sum over the row of P dP), in dP's place.
    void (*slopes)(const float* p, float* dp, int64_t row, int64_t rows, int64_t length, float scale);
    // to[j * to_row + i] = s[i * row + j]
    void (*transpose)(const float* s, int64_t row, int64_t rows, int64_t length, float* to, int64_t to_row);
};

}  // namespace lgv
