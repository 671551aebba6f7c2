#include "ops/affine/affine_gradient.h"

#include "ops/affine/affine_gradient.cpu.h"
#include "tests/ops/gradient_bench.h"
#include "tests/ops/written_gradient.h"

namespace lgv::testing {
namespace {

struct Layer {
    Bench bench;
    Affine op;

    Layer(const Shape& x, int64_t c2, bool divided) {
        op.x = bench.value(x);
        if (c2 > 0) op.x2 = bench.value({1, x.h, x.w, c2});
        if (divided) op.divisor = bench.value({1, 1, 1, 1}, 0.1f, 2);
        op.scale = 1.7f;
        op.shift = 0.3f;
    }

    auto trial(bool first = true, bool second = true) const {
        return GradientBench(bench, op, [=, op = op](Value dy, const Wanted& d) {
            return std::tuple(AffineGradient{op, dy, first ? d(op.x) : Gradient{}, second ? d(op.x2) : Gradient{}});
        });
    }
};

TEST(AffineGradient, is_the_slope) {
    Layer({1, 3, 2, 5}, 2, true).trial().expect_finite_differences(2);
    Layer({1, 3, 2, 5}, 0, false).trial().expect_finite_differences(2);
}

TEST(AffineGradient, is_its_reference) {
    for (Isa isa : all_isas()) {
        for (const bool divided : {false, true}) {
            // Product and quotient round once each, in the reference only the end: 2^-23 of what is added to.
            Layer({1, 1, 1, 1}, 0, divided).trial().expect_cpu(isa, 3e-7);
            Layer({1, 7, 5, 3}, 17, divided).trial().expect_cpu(isa, 3e-7);
            Layer({1, 53, 52, 5}, 1, divided).trial().expect_cpu(isa, 3e-7, {2}, 1);  // two tasks an image
        }
    }
}

TEST(AffineGradient, of_one_source_leaves_the_other_alone) {
    Layer({1, 3, 3, 4}, 3, true).trial(true, false).expect_cpu(Isa::avx2, 3e-7);
    Layer({1, 3, 3, 4}, 3, true).trial(false, true).expect_cpu(Isa::avx2, 3e-7);
}

TEST(AffineGradient, a_picture_has_its_own_bits) {
    Layer layer({1, 5, 7, 3}, 2, true);
    const Value dy = layer.bench.value({1, 5, 7, 5});
    const AffineGradient op{layer.op, dy, {}, {}};
    for (Isa isa : all_isas()) {
        layer.bench.expect_batch_invariance(WrittenGradient<AffineGradient>{op, &AffineGradient::dx, layer.op.x}, isa);
        layer.bench.expect_batch_invariance(WrittenGradient<AffineGradient>{op, &AffineGradient::dx2, layer.op.x2}, isa);
    }
}

TEST(AffineGradient, costs_what_it_reads_and_writes) {
    const Shapes shapes{{{2, 3, 3, 4}, {2, 3, 3, 1}, {2, 1, 1, 1}, {2, 3, 3, 5}, {2, 3, 3, 4}, {2, 3, 3, 1}}};
    const Affine op{.x = {0}, .x2 = {1}, .divisor = {2}};
    const Cost written = cost(AffineGradient{op, {3}, {{4}}, {}}, shapes);
    EXPECT_EQ(written.flops, 2 * 72);
    EXPECT_EQ(written.bytes, 4 * (2 * 72 + 2));
    const Cost added = cost(AffineGradient{op, {3}, {{4}, true}, {{5}}}, shapes);
    EXPECT_EQ(added.flops, 2 * 90 + 72);
    EXPECT_EQ(added.bytes, 4 * (2 * 90 + 72 + 2));
}

}  // namespace
}  // namespace lgv::testing
