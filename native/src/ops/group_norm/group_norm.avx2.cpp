#include "ops/gemm/vector.avx2.h"
#include "ops/group_norm/group_norm.kernel.h"

namespace lgv {

extern const GroupNormKernels group_norm_avx2;
constinit const GroupNormKernels group_norm_avx2{sums, apply};

}  // namespace lgv
