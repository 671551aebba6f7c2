#include "ops/pool/mean_pixels.h"

#include "ops/pool/mean_pixels.cpu.h"
#include "ops/pool/mean_pixels_gradient.cpu.h"
#include "tests/ops/gradient_bench.h"
#include "tests/ops/written_gradient.h"

namespace lgv::testing {
namespace {

// One pixel, odd sides, channels below, at and above those whose sums are kept at once.
constexpr Shape pictures[] = {{1, 1, 1, 1}, {1, 3, 5, 7}, {1, 7, 7, 64}, {1, 2, 9, 65}, {1, 28, 28, 3}, {1, 1, 4, 200}};

struct Layer {
    Bench bench;
    MeanPixels op;

    explicit Layer(const Shape& x) : op{.x = bench.value(x)} {}

    auto trial() const {
        return GradientBench(bench, op, [op = op](Value dy, const Wanted& d) { return std::tuple(MeanPixelsGradient{op, dy, d(op.x)}); });
    }
};

TEST(MeanPixels, is_the_mean_of_each_channel) {
    Shapes shapes{{{2, 1, 2, 2}}};
    const MeanPixels op{.x = {0}};
    EXPECT_EQ(output_shape(op, shapes), (Shape{2, 1, 1, 2}));
    shapes.all.push_back({2, 1, 1, 2});
    std::vector<float> x{1, 10, 3, 20, -1, 0, -2, 5}, y(4);
    std::vector<float*> values{x.data(), y.data()};
    reference(op, ReferenceLaunch{values, shapes, Weights({}), Value{1}});
    EXPECT_EQ(y, (std::vector<float>{2, 15, -1.5f, 2.5f}));
}

// Both sum in double in one order.
TEST(MeanPixels, is_its_reference_bit_for_bit) {
    for (Isa isa : all_isas()) {
        for (const Shape& x : pictures) {
            SCOPED_TRACE(to_text(x));
            const Layer layer(x);
            const std::vector<float> wanted = layer.bench.reference_of(layer.op, {1, 2, 3}), got = layer.bench.cpu_of(layer.op, {1, 2, 3}, isa, 2);
            ASSERT_EQ(got.size(), wanted.size());
            expect_same_bits(got.data(), wanted.data(), int64_t(got.size()));
        }
    }
}

TEST(MeanPixels, a_picture_has_its_own_bits) {
    for (Isa isa : all_isas()) {
        for (const Shape& x : {Shape{1, 5, 7, 19}, {1, 3, 3, 130}}) {
            const Layer layer(x);
            layer.bench.expect_batch_invariance(layer.op, isa);
        }
    }
}

TEST(MeanPixels, costs_a_read) {
    const Cost c = cost(MeanPixels{.x = {0}}, Shapes{{{2, 4, 4, 3}}});
    EXPECT_EQ(c.flops, 96);
    EXPECT_EQ(c.bytes, 4 * (96 + 6));
}

TEST(MeanPixelsGradient, is_the_slope) {
    for (const Shape& x : {Shape{1, 1, 1, 3}, {1, 3, 4, 2}, {1, 2, 5, 70}}) Layer(x).trial().expect_finite_differences(2);
}

TEST(MeanPixelsGradient, is_its_reference) {
    for (Isa isa : all_isas()) {
        for (const Shape& x : pictures) Layer(x).trial().expect_cpu(isa, 0x1p-22);  // a quotient and a sum, rounded
    }
}

TEST(MeanPixelsGradient, a_picture_has_its_own_bits) {
    for (Isa isa : all_isas()) {
        Layer layer({1, 5, 7, 19});
        const MeanPixelsGradient op{layer.op, layer.bench.value({1, 1, 1, 19}), {}};
        layer.bench.expect_batch_invariance(WrittenGradient<MeanPixelsGradient>{op, &MeanPixelsGradient::dx, layer.op.x}, isa);
    }
}

TEST(MeanPixelsGradient, costs_a_write_or_a_read_and_a_write) {
    const Shapes shapes{{{2, 4, 4, 3}, {2, 1, 1, 3}, {2, 4, 4, 3}}};
    const Cost written = cost(MeanPixelsGradient{{.x = {0}}, {1}, {{2}}}, shapes), added = cost(MeanPixelsGradient{{.x = {0}}, {1}, {{2}, true}}, shapes);
    EXPECT_EQ(written.flops, 6);
    EXPECT_EQ(written.bytes, 4 * (96 + 6));
    EXPECT_EQ(added.flops, 6 + 96);
    EXPECT_EQ(added.bytes, 4 * (2 * 96 + 6));
}

}  // namespace
}  // namespace lgv::testing
