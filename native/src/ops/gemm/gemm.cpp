#include "ops/gemm/gemm.h"

namespace lgv {

extern const GemmKernels gemm_avx512;
extern const GemmKernels gemm_avx2;

const GemmKernels& gemm_kernels(Isa isa) { return isa == Isa::avx512 ? gemm_avx512 : gemm_avx2; }

}  // namespace lgv
