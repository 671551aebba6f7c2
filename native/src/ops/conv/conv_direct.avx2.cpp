// conv_direct_kernels.h with AVX2: tiles of 6 pixels x 16 channels, 12 of the 16 registers hold sums.
#include "ops/gemm/vector.avx2.h"

#include "ops/conv/conv_direct.kernel.h"

namespace lgv {

constinit const DirectKernels direct_avx2{block_channels, 6, direct_copy, make_columns, pack_tap, {{LGV_DIRECT_TILES_6(1)}, {LGV_DIRECT_TILES_6(2)}}};

}  // namespace lgv
