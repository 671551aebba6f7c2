#include "ops/gemm/vector.avx2.h"
#include "ops/attention/softmax.kernel.h"

namespace lgv {

extern const SoftmaxKernels softmax_avx2;
constinit const SoftmaxKernels softmax_avx2{softmax_rows};

}  // namespace lgv
