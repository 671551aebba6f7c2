#include "ops/resample/resample.cuda.h"

#include "base/error.h"
#include "tests/cuda/cuda_bench.h"

namespace lgv::testing {

TEST(CudaResample, halves_and_doubles_pictures_of_any_size) {
    for (const ResampleKind kind : {ResampleKind::average, ResampleKind::fir_down, ResampleKind::nearest, ResampleKind::fir_up}) {
        for (const Shape& image : {Shape{1, 1, 1, 1}, Shape{1, 2, 2, 8}, Shape{1, 5, 7, 3}, Shape{1, 7, 4, 24}, Shape{1, 3, 2, 12}, Shape{1, 4, 5, 66}, Shape{1, 2, 3, 1040}}) {
            if (halves(kind) && image.h < 2) continue;
            Bench bench;
            const Resample op{.x = bench.value(image), .kind = kind};
            for (const CudaType type : {CudaType::f32, CudaType::bf16}) {
                SCOPED_TRACE(::testing::Message() << int(kind) << " " << to_text(image) << " " << name_of(type));
                const CudaBench trial(bench, op, CudaRun::of(type));
                trial.expect_near(type == CudaType::f32 ? f32_tolerance : bf16_tolerance);
                trial.expect_batch_invariance();
            }
        }
    }
}

TEST(CudaResample, refuses_a_change_of_type) {
    Bench bench;
    const Resample op{.x = bench.value({1, 2, 2, 8})};
    const Weights source = bench.weights();
    CudaWeights weights(source);
    Shapes shapes = bench.shapes(1);
    shapes.all.push_back(output_shape(op, shapes));
    EXPECT_THROW(lower(op, Value{1}, shapes, CudaTypes{{CudaType::f32, CudaType::bf16}}, weights, CudaTarget{}), Error);
}

}  // namespace lgv::testing
