#include "ops/gemm/vector.avx512.h"
#include "ops/group_norm/group_norm.kernel.h"

namespace lgv {

extern const GroupNormKernels group_norm_avx512;
constinit const GroupNormKernels group_norm_avx512{sums, apply};

}  // namespace lgv
