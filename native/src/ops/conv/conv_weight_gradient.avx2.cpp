// conv_weight_gradient_kernels.h with AVX2: tiles of 6 x 16 channels, 12 registers hold sums.
#include "ops/gemm/vector.avx2.h"

#include "ops/conv/conv_weight_gradient.kernel.h"

namespace lgv {

constinit const WeightGradientKernels weight_gradient_avx2{2 * lanes, 6, {LGV_GRADIENT_TILES(LGV_GRADIENT_TILES_6)}, add_sums, scatter, sum_image};

}  // namespace lgv
