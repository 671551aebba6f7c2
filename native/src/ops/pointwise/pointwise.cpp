#include "ops/pointwise/pointwise_kernels.h"

namespace lgv {

extern const PointwiseKernels pointwise_avx512;
extern const PointwiseKernels pointwise_avx2;

const PointwiseKernels& pointwise_kernels(Isa isa) { return isa == Isa::avx512 ? pointwise_avx512 : pointwise_avx2; }

}  // namespace lgv
