// conv_direct_kernels.h with AVX-512: tiles of 14 pixels x 32 channels, 28 of the 32 registers hold sums.
#include "ops/gemm/vector.avx512.h"

#include "ops/conv/conv_direct.kernel.h"

namespace lgv {

constinit const DirectKernels direct_avx512{block_channels, 14, direct_copy, make_columns, pack_tap, {{LGV_DIRECT_TILES_14(1)}, {LGV_DIRECT_TILES_14(2)}}};

}  // namespace lgv
