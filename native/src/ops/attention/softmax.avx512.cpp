#include "ops/gemm/vector.avx512.h"
#include "ops/attention/softmax.kernel.h"

namespace lgv {

extern const SoftmaxKernels softmax_avx512;
constinit const SoftmaxKernels softmax_avx512{softmax_rows};

}  // namespace lgv
