#include "ops/linear/linear_gradient.h"

#include "base/error.h"
#include "ops/linear/linear_gradient.cpu.h"
#include "tests/ops/gradient_bench.h"
#include "tests/ops/written_gradient.h"

namespace lgv::testing {
namespace {

struct Layer {
    Bench bench;
    Linear op;

    Layer(const Shape& image, int32_t k, bool bias = true, float scale = 1) {
        op.x = bench.value(image);
        op.weight = bench.parameter({k, image.c}, 1 / std::sqrt(float(image.c)));
        if (bias) op.bias = bench.parameter({k});
        op.out_channels = k;
        op.scale = scale;
    }

    auto trial() const {
        return GradientBench(bench, op, [op = op](Value dy, const Wanted& d) {
            return std::tuple(LinearDataGradient{op, dy, d(op.x)}, LinearWeightGradient{op, dy});
        });
    }
};

TEST(LinearGradient, is_the_slope) {
    Layer({1, 1, 1, 1}, 1).trial().expect_finite_differences(1);
    Layer({1, 2, 3, 5}, 4).trial().expect_finite_differences(2);
    Layer({1, 2, 1, 3}, 7, false, 0.7f).trial().expect_finite_differences(3);
}

TEST(LinearGradient, is_its_reference) {
    for (Isa isa : all_isas()) {
        for (const auto& [h, w, c, k] : {std::array<int64_t, 4>{1, 1, 1, 1}, {1, 1, 70, 300}, {1, 1, 300, 17}, {7, 7, 16, 48}, {3, 5, 33, 15}, {7, 11, 64, 65}, {1, 130, 31, 7}, {3, 3, 257, 29}}) {
            for (int form = 0; form < 3; ++form) {
                SCOPED_TRACE(::testing::Message() << name_of(isa) << " " << h << "x" << w << " " << c << " -> " << k << ", form " << form);
                // A chain's rounding errors add up as a random walk: sqrt of its length, at most 300 of numbers near 1, times half an ulp of its largest
                // partial sum; dw adds at most three such blocks. Six standard deviations of that, as a part of the largest derivative.
                Layer({1, h, w, c}, int32_t(k), form != 1, form == 2 ? 0.7f : 1.0f).trial().expect_cpu(isa, 3e-6);
            }
        }
    }
}

// 17 x 61 rows a picture, so that blocks of pixels (256) end within and between pictures.
TEST(LinearGradient, sums_pixels_in_blocks) {
    for (Isa isa : all_isas()) Layer({1, 17, 61, 5}, 20).trial().expect_cpu(isa, 3e-6, {1, 3}, 2);
}

TEST(LinearGradient, a_picture_has_its_own_bits) {
    for (Isa isa : all_isas()) {
        for (const auto& [shape, k] : {std::pair<Shape, int32_t>{{1, 1, 1, 70}, 333}, {{1, 5, 7, 33}, 47}}) {
            Layer layer(shape, k);
            const LinearDataGradient op{layer.op, layer.bench.value({1, shape.h, shape.w, k}), {}};
            layer.bench.expect_batch_invariance(WrittenGradient<LinearDataGradient>{op, &LinearDataGradient::dx, layer.op.x}, isa);
        }
    }
}

// Of 40,000 products: one chain would be off by some 1e-5 of the sum's spread.
TEST(LinearGradient, keeps_a_long_sum_accurate) {
    Layer layer({1, 100, 100, 3}, 2);
    for (Isa isa : all_isas()) {
        auto trial = layer.trial();
        const auto wanted = trial.reference_of<double>(4, false);
        const auto got = trial.cpu_of(4, 0, false, isa, 2);
        for (const auto& [id, derivative] : wanted.parameters) {
            // The spread of such a sum is 200; blocks of 256 have one of 16, and 16 of its roundings by 2^-24 each in 157 blocks: 16 * 16 * 12 * 2^-25.
            for (size_t i = 0; i < derivative.size(); ++i) EXPECT_NEAR(got.parameters.at(id)[i], derivative[i], 4 * 16 * 16 * 12 * 0x1p-25);
        }
    }
}

TEST(LinearGradient, takes_the_weight_of_a_1x1_convolution) {
    Layer layer({1, 2, 2, 6}, 5);
    layer.op.weight = layer.bench.parameter({5, 6, 1, 1});
    layer.trial().expect_cpu(Isa::avx2, 1e-6);  // six products of normals
}

std::string refusal_of(const Layer& layer) {
    Weights weights = layer.bench.weights();
    try {
        lower(LinearDataGradient{layer.op, layer.op.x, {layer.op.x}}, layer.bench.shapes(1), weights, Isa::avx2);
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

TEST(LinearGradient, refuses_what_is_not_its_own) {
    Layer layer({1, 2, 2, 6}, 5);
    layer.op.act = Activation::silu;
    EXPECT_EQ(refusal_of(layer), "linear gradient: the activation silu must be differentiated on its own");
    layer.op.act = Activation::none;
    layer.op.out_channels = 4;
    EXPECT_EQ(refusal_of(layer), "linear: the weight is [5, 6], expected [4, 6]");
}

TEST(LinearGradient, costs_two_flops_a_weight_and_pixel) {
    const Layer layer({1, 4, 4, 8}, 3);
    Shapes shapes = layer.bench.shapes(2);
    const Value dy{int32_t(shapes.all.size())};
    shapes.all.push_back({2, 4, 4, 3});
    const Cost data = cost(LinearDataGradient{layer.op, dy, {layer.op.x}}, shapes), weight = cost(LinearWeightGradient{layer.op, dy}, shapes);
    EXPECT_EQ(data.flops, 2 * 32 * 8 * 3);
    EXPECT_EQ(data.bytes, 4 * (8 * 3 + 32 * (8 + 3)));
    EXPECT_EQ(weight.flops, 2 * 32 * 8 * 3 + 32 * 3);
    EXPECT_EQ(weight.bytes, 4 * (2 * (8 * 3 + 3) + 32 * (8 + 3)));
}

}  // namespace
}  // namespace lgv::testing
