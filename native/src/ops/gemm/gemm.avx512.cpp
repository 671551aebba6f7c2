// gemm.h with AVX-512: panels of 32 columns, tiles of 14 rows, 28 of the 32 registers hold sums.
#include "ops/gemm/vector.avx512.h"

namespace {
constexpr int tile_rows = 14;
}

#include "ops/gemm/gemm.kernel.h"

namespace lgv {

extern const GemmKernels gemm_avx512;
constinit const GemmKernels gemm_avx512{panel_columns, tile_rows, multiply, pack, pack_transposed};

}  // namespace lgv
