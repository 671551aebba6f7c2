#include "ops/embedding/embedding_gradient.h"

namespace lgv {

// Of the table's gradient only the rows that are looked up, read and written.
Cost cost(const LabelEmbeddingGradient& op, const Shapes& shapes) {
    const int64_t n = shapes[op.dy].n, c = op.of.channels;
    return {.flops = n * c, .bytes = 4 * (n + 3 * n * c)};
}

}  // namespace lgv
