#include "ops/resample/resample_gradient.h"

#include "ops/resample/resample_gradient.cpu.h"
#include "tests/ops/gradient_bench.h"
#include "tests/ops/written_gradient.h"

namespace lgv::testing {
namespace {

constexpr ResampleKind kinds[] = {ResampleKind::average, ResampleKind::fir_down, ResampleKind::nearest, ResampleKind::fir_up};

struct Layer {
    Bench bench;
    Resample op;

    Layer(const Shape& x, ResampleKind kind) : op{.x = bench.value(x), .kind = kind} {}

    auto trial() const {
        return GradientBench(bench, op, [op = op](Value dy, const Wanted& d) { return std::tuple(ResampleGradient{op, dy, d(op.x)}); });
    }
};

TEST(ResampleGradient, is_the_slope) {
    for (const ResampleKind kind : kinds) {
        SCOPED_TRACE(int(kind));
        for (const auto& [h, w] : {std::pair<int64_t, int64_t>{4, 6}, {5, 3}, {2, 2}, {3, 7}}) Layer({1, h, w, 2}, kind).trial().expect_finite_differences(2);
    }
    for (const ResampleKind kind : {ResampleKind::nearest, ResampleKind::fir_up}) Layer({1, 1, 1, 3}, kind).trial().expect_finite_differences(1);
}

TEST(ResampleGradient, is_its_reference) {
    for (Isa isa : all_isas()) {
        for (const ResampleKind kind : kinds) {
            SCOPED_TRACE(int(kind));
            for (const Shape& x : {Shape{1, 2, 2, 1}, {1, 3, 5, 17}, {1, 7, 4, 33}, {1, 8, 9, 16}, {1, 13, 13, 7}}) {
                Layer(x, kind).trial().expect_cpu(isa, 1e-6);  // chains of up to 17 products of numbers near 1
            }
        }
    }
}

TEST(ResampleGradient, a_picture_has_its_own_bits) {
    for (Isa isa : all_isas()) {
        for (const ResampleKind kind : kinds) {
            Layer layer({1, 5, 7, 19}, kind);
            Shape y = output_shape(layer.op, layer.bench.shapes(1));
            const ResampleGradient op{layer.op, layer.bench.value(y), {}};
            layer.bench.expect_batch_invariance(WrittenGradient<ResampleGradient>{op, &ResampleGradient::dx, layer.op.x}, isa);
        }
    }
}

TEST(ResampleGradient, of_an_average_is_0_where_a_pixel_is_left_out) {
    Layer layer({1, 3, 3, 2}, ResampleKind::average);
    const ResampleGradient op{layer.op, layer.bench.value({1, 1, 1, 2}), {}};
    const std::vector<float> dx = layer.bench.cpu_of(WrittenGradient<ResampleGradient>{op, &ResampleGradient::dx, layer.op.x}, {1}, Isa::avx2);
    const std::vector<float> dy = layer.bench.numbers(op.dy, 1);
    for (int64_t r = 0; r < 3; ++r)
        for (int64_t s = 0; s < 3; ++s)
            for (int64_t c = 0; c < 2; ++c) EXPECT_EQ(dx[size_t((r * 3 + s) * 2 + c)], r < 2 && s < 2 ? dy[size_t(c)] / 4 : 0) << r << ", " << s;
}

TEST(ResampleGradient, costs_what_the_op_costs) {
    const Shapes shapes{{{2, 4, 4, 3}, {2, 2, 2, 3}, {2, 4, 4, 3}}};
    const Resample op{.x = {0}, .kind = ResampleKind::fir_down};
    const Cost written = cost(ResampleGradient{op, {1}, {{2}}}, shapes), added = cost(ResampleGradient{op, {1}, {{2}, true}}, shapes);
    EXPECT_EQ(written.flops, 2 * 16 * 24);
    EXPECT_EQ(written.bytes, 4 * (96 + 24));
    EXPECT_EQ(added.flops, 2 * 16 * 24 + 96);
    EXPECT_EQ(added.bytes, 4 * (2 * 96 + 24));
}

}  // namespace
}  // namespace lgv::testing
