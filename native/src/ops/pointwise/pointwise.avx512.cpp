#include "ops/gemm/vector.avx512.h"
#include "ops/pointwise/pointwise.kernel.h"

namespace lgv {

extern const PointwiseKernels pointwise_avx512;
constinit const PointwiseKernels pointwise_avx512{activation_gradient, scaled};

}  // namespace lgv
