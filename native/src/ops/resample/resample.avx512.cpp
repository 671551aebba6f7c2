#include "ops/gemm/vector.avx512.h"
#include "ops/resample/resample.kernel.h"

namespace lgv {

extern const ResampleKernels resample_avx512;
constinit const ResampleKernels resample_avx512{pixel};

}  // namespace lgv
