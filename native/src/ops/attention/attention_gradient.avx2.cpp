#include "ops/gemm/vector.avx2.h"
#include "ops/attention/attention_gradient.kernel.h"

namespace lgv {

extern const AttentionGradientKernels attention_gradient_avx2;
constinit const AttentionGradientKernels attention_gradient_avx2{softmax_slopes, transpose_rows};

}  // namespace lgv
