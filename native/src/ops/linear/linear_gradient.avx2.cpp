#include "ops/gemm/vector.avx2.h"

namespace {
constexpr int tile_rows = 6;
}

#include "ops/linear/linear_gradient.kernel.h"

namespace lgv {

extern const LinearGradientKernels linear_gradient_avx2;
constinit const LinearGradientKernels linear_gradient_avx2{tile_rows, tile_columns, add_outer, add_rows};

}  // namespace lgv
