// gemm.h with AVX2 and FMA: panels of 16 columns, tiles of 6 rows, 12 of the 16 registers hold sums.
#include "ops/gemm/vector.avx2.h"

namespace {
constexpr int tile_rows = 6;
}

#include "ops/gemm/gemm.kernel.h"

namespace lgv {

extern const GemmKernels gemm_avx2;
constinit const GemmKernels gemm_avx2{panel_columns, tile_rows, multiply, pack, pack_transposed};

}  // namespace lgv
