#include "ops/gemm/vector.avx2.h"
#include "ops/group_norm/group_norm_gradient.kernel.h"

namespace lgv {

extern const GroupNormGradientKernels group_norm_gradient_avx2;
constinit const GroupNormGradientKernels group_norm_gradient_avx2{slopes, apply_gradient};

}  // namespace lgv
