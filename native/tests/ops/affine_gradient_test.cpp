#include "ops/affine/affine_gradient.h"
#include "tests/ops/gradient_bench.h"
namespace lgv::testing { namespace {
TEST(AffineGradient, is_the_slope) {
    Bench bench; Affine op{.x = bench.value({1, 3, 2, 5}), .x2 = bench.value({1, 3, 2, 2}), .divisor = bench.value({1,1,1,1}, 0.1f, 2), .scale = 2, .shift = 1};
    GradientBench trial(bench, op, [&](Value dy, const Wanted& d) { return std::tuple(AffineGradient{op, dy, d(op.x), d(op.x2)}); });
    trial.expect_finite_differences(2);
}
}}
