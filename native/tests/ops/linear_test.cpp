#include "ops/linear/linear.h"

#include "base/error.h"
#include "ops/linear/linear.cpu.h"
#include "tests/ops/gemm_harness.h"

namespace lgv::testing {
namespace {

struct Layer {
    Bench bench;
    Linear op;

    Layer(const Shape& image, int32_t k, bool bias = true, bool residual = false, Activation act = Activation::none, float scale = 1) {
        op.x = bench.value(image);
        op.weight = bench.parameter({k, image.c}, 1 / std::sqrt(float(image.c)));
        if (bias) op.bias = bench.parameter({k});
        op.out_channels = k;
        if (residual) op.residual = bench.value({1, image.h, image.w, k});
        op.act = act;
        op.scale = scale;
    }
};

TEST(Linear, is_its_reference) {
    for (Isa isa : all_isas()) {
        for (const auto& [h, w, c, k] : {std::array<int64_t, 4>{1, 1, 1, 1}, {1, 1, 512, 300}, {1, 1, 3, 1000}, {7, 7, 16, 48}, {3, 5, 33, 17}, {16, 16, 64, 65}, {1, 130, 130, 7}}) {
            for (int form = 0; form < 4; ++form) {
                SCOPED_TRACE(::testing::Message() << name_of(isa) << " " << h << "x" << w << " " << c << " -> " << k << ", form " << form);
                const Layer layer({1, h, w, c}, int32_t(k), form != 1, form >= 2, form % 2 ? Activation::silu : Activation::none, form == 3 ? 0.7f : 1.0f);
                const std::vector<float> wanted = layer.bench.reference_of(layer.op, {1, 2, 3});
                // A chain's rounding errors add up as a random walk: sqrt(c) half ulps of its largest partial sum. Eight times that, and the epilogue's.
                const double tolerance = 8 * (std::sqrt(double(c)) + 4) * 0x1p-24 * double(std::max(1.0f, largest(wanted)));
                expect_near(layer.bench.cpu_of(layer.op, {1, 2, 3}, isa, 2), wanted, tolerance);
            }
        }
    }
}

TEST(Linear, a_picture_has_its_own_bits) {
    for (Isa isa : all_isas()) {
        const Layer time({1, 1, 1, 70}, 333, true, false, Activation::silu);
        time.bench.expect_batch_invariance(time.op, isa);
        const Layer pixels({1, 5, 7, 33}, 47, true, true);
        pixels.bench.expect_batch_invariance(pixels.op, isa);
    }
}

TEST(Linear, takes_the_weight_of_a_1x1_convolution) {
    Bench bench;
    Linear op;
    op.x = bench.value({1, 2, 2, 6});
    op.weight = bench.parameter({5, 6, 1, 1});
    op.out_channels = 5;
    expect_near(bench.cpu_of(op, {1}, Isa::avx2), bench.reference_of(op, {1}), 1e-5);  // six products of normals
}

std::string refusal_of(const Linear& op, const Bench& bench) {
    try {
        const Shapes shapes = bench.shapes(2);
        Weights weights = bench.weights();
        output_shape(op, shapes);
        lower(op, {int32_t(shapes.all.size())}, shapes, weights, Isa::avx2);
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

TEST(Linear, refuses_what_does_not_fit_with_its_numbers) {
    Layer layer({1, 2, 2, 6}, 5);
    layer.op.out_channels = 0;
    EXPECT_EQ(refusal_of(layer.op, layer.bench), "linear: 0 output channels; at least 1 is needed");
    layer.op.out_channels = 4;
    EXPECT_EQ(refusal_of(layer.op, layer.bench), "linear: the weight is [5, 6], expected [4, 6]");
    layer.op.out_channels = 5;
    layer.op.residual = layer.op.x;
    EXPECT_EQ(refusal_of(layer.op, layer.bench), "linear: the residual is [2, 2, 2, 6], the output it is added to [2, 2, 2, 5]");
    layer.op.residual = {};
    layer.op.bias = layer.bench.parameter({6});
    EXPECT_EQ(refusal_of(layer.op, layer.bench), "linear: the bias is [6], expected [5]");
    layer.op.x = {};
    EXPECT_EQ(refusal_of(layer.op, layer.bench), "linear: it has no input");
}

TEST(Linear, costs_two_flops_a_weight_and_pixel) {
    const Layer layer({1, 4, 4, 8}, 3, true, true);
    const Cost c = cost(layer.op, layer.bench.shapes(2));
    EXPECT_EQ(c.flops, 2 * 32 * 8 * 3);
    EXPECT_EQ(c.bytes, 4 * (8 * 3 + 3 + 32 * (8 + 3 + 3)));
}

}  // namespace
}  // namespace lgv::testing
