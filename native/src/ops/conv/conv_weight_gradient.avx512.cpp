// conv_weight_gradient_kernels.h with AVX-512: tiles of 14 x 32 channels, 28 registers hold sums.
#include "ops/gemm/vector.avx512.h"

#include "ops/conv/conv_weight_gradient.kernel.h"

namespace lgv {

constinit const WeightGradientKernels weight_gradient_avx512{2 * lanes, 14, {LGV_GRADIENT_TILES(LGV_GRADIENT_TILES_14)}, add_sums, scatter, sum_image};

}  // namespace lgv
