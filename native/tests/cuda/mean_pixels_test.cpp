#include "ops/pool/mean_pixels.cuda.h"

#include "tests/cuda/cuda_bench.h"

namespace lgv::testing {

TEST(CudaMeanPixels, is_the_mean_of_every_channel) {
    for (const Shape image : {Shape{1, 1, 1, 1}, Shape{1, 5, 7, 33}, Shape{1, 7, 7, 128}}) {
        Bench bench;
        const MeanPixels op{.x = bench.value(image)};
        for (const CudaType type : {CudaType::f32, CudaType::bf16}) {
            SCOPED_TRACE(::testing::Message() << name_of(type) << ", " << to_text(image));
            const CudaBench trial(bench, op, CudaRun::of(type));
            trial.expect_near(type == CudaType::f32 ? f32_tolerance : bf16_tolerance);
            trial.expect_batch_invariance();
        }
    }
}

}  // namespace lgv::testing
