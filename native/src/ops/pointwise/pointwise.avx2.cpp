#include "ops/gemm/vector.avx2.h"
#include "ops/pointwise/pointwise.kernel.h"

namespace lgv {

extern const PointwiseKernels pointwise_avx2;
constinit const PointwiseKernels pointwise_avx2{activation_gradient, scaled};

}  // namespace lgv
