#include "ops/gemm/vector.avx512.h"

namespace {
constexpr int tile_rows = 14;
}

#include "ops/linear/linear_gradient.kernel.h"

namespace lgv {

extern const LinearGradientKernels linear_gradient_avx512;
constinit const LinearGradientKernels linear_gradient_avx512{tile_rows, tile_columns, add_outer, add_rows};

}  // namespace lgv
