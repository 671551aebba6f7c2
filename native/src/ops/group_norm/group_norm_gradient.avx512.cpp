#include "ops/gemm/vector.avx512.h"
#include "ops/group_norm/group_norm_gradient.kernel.h"

namespace lgv {

extern const GroupNormGradientKernels group_norm_gradient_avx512;
constinit const GroupNormGradientKernels group_norm_gradient_avx512{slopes, apply_gradient};

}  // namespace lgv
