#include "ops/affine/affine.cuda.h"

#include "tests/cuda/cuda_bench.h"

namespace lgv::testing {

TEST(CudaAffine, concatenates_scales_and_divides) {
    Bench bench;
    const Affine op{.x = bench.value({1, 5, 7, 3}), .x2 = bench.value({1, 5, 7, 2}), .divisor = bench.value({1, 1, 1, 1}, 0.1f, 2), .scale = 2, .shift = -1};
    for (const CudaType type : {CudaType::f32, CudaType::bf16}) {
        SCOPED_TRACE(name_of(type));
        const CudaBench trial(bench, op, CudaRun::of(type), {}, {op.divisor});
        trial.expect_near(type == CudaType::f32 ? f32_tolerance : bf16_tolerance);
        trial.expect_batch_invariance();
    }
}

TEST(CudaAffine, stands_at_the_borders_of_a_network) {
    Bench bench;
    const Affine op{.x = bench.value({1, 28, 28, 1}), .scale = 2, .shift = -1};
    CudaBench(bench, op, CudaRun{CudaType::bf16, CudaType::f32, CudaType::bf16, {}}, op.x).expect_near(bf16_tolerance);
    CudaBench(bench, op, CudaRun{CudaType::bf16, CudaType::bf16, CudaType::f32, {}}, op.x).expect_near(f32_tolerance);
}

}  // namespace lgv::testing
