#include "ops/gemm/vector.avx2.h"
#include "ops/resample/resample.kernel.h"

namespace lgv {

extern const ResampleKernels resample_avx2;
constinit const ResampleKernels resample_avx2{pixel};

}  // namespace lgv
