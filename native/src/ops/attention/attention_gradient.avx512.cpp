#include "ops/gemm/vector.avx512.h"
#include "ops/attention/attention_gradient.kernel.h"

namespace lgv {

extern const AttentionGradientKernels attention_gradient_avx512;
constinit const AttentionGradientKernels attention_gradient_avx512{softmax_slopes, transpose_rows};

}  // namespace lgv
