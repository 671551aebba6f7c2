// The derivatives of the convolution: the reference against finite differences, the CPU forms against the reference on sizes that fit no tile.
#include <gtest/gtest.h>

#include "ops/conv/conv_gradient.cpu.h"
#include "tests/ops/gradient_bench.h"

namespace lgv::testing {
namespace {

struct Case {
    Shape x;
    int32_t out_channels = 1;
    int32_t kernel = 3;
    int32_t stride = 1;
    Padding pad = Padding::all(1);
    int64_t channels2 = 0;
    bool upsample = false, time = false, bias = true;
    float scale = 1;
    bool of_x = true, of_x2 = true;  // derivatives that are wanted

    std::string name() const {
        return text(to_text(x), " + ", channels2, " -> ", out_channels, ", kernel ", kernel, ", stride ", stride, ", padding ", pad.top, " ",
                    pad.left, " ", pad.bottom, " ", pad.right, upsample ? ", upsample" : "", time ? ", time" : "", bias ? "" : ", no bias", ", scale ", scale);
    }
};

Conv2d make(Bench& bench, const Case& c) {
    Conv2d op{.x = bench.value(c.x), .out_channels = c.out_channels, .kernel = c.kernel, .stride = c.stride, .pad = c.pad, .upsample = c.upsample,
              .scale = c.scale};
    if (c.channels2) op.x2 = bench.value({1, c.x.h, c.x.w, c.channels2});
    if (c.time) op.time = bench.value({1, 1, 1, c.out_channels});
    op.weight = bench.parameter({c.out_channels, c.x.c + c.channels2, c.kernel, c.kernel});
    if (c.bias) op.bias = bench.parameter({c.out_channels});
    return op;
}

auto gradients_of(const Conv2d& op, const Case& c) {
    return [op, c](Value dy, const Wanted& d) {
        const Gradient dx = c.of_x ? d(op.x) : Gradient{}, dx2 = c.of_x2 ? d(op.x2) : Gradient{}, dtime = d(op.time);
        return std::tuple(Conv2dDataGradient{op, dy, dx, dx2}, Conv2dWeightGradient{op, dy, dtime});
    };
}

void expect_slope(const Case& c) {
    SCOPED_TRACE(c.name());
    Bench bench;
    const Conv2d op = make(bench, c);
    GradientBench trial(bench, op, gradients_of(op, c));
    trial.expect_finite_differences(2);
}

// Inputs, weights and dy are normal. A derivative is a sum of `terms` products whose largest is some 3 sqrt(terms); a float32 chain of that many
// steps errs by about sqrt(terms) half-ulps of its partial sums, which is sqrt(terms) * 2^-25 of the largest, and eight times that for the tail of many.
void expect_cpu(const Case& c, std::vector<int> rows = {1, 3}, int dead_rows = 1) {
    SCOPED_TRACE(c.name());
    Bench bench;
    const Conv2d op = make(bench, c);
    GradientBench trial(bench, op, gradients_of(op, c));
    const Shape y = output_shape(op, bench.shapes(rows.back()));
    const double terms = std::max(double(y.n * y.h * y.w), double(y.c) * c.kernel * c.kernel) + 4;
    for (const Isa isa : all_isas()) trial.expect_cpu(isa, 4 * std::sqrt(terms) * 0x1p-24, rows, dead_rows);
}

TEST(Conv2dGradient, is_the_slope_for_every_stride_padding_and_kernel) {
    for (const int32_t kernel : {1, 3, 5})
        for (const int32_t stride : {1, 2, 3})
            for (const Padding pad : {Padding{}, Padding::all(1), Padding{0, 0, 1, 1}, Padding{2, 1, 0, 3}})
                expect_slope({.x = {1, 5, 7, 2}, .out_channels = 3, .kernel = kernel, .stride = stride, .pad = pad});
}

TEST(Conv2dGradient, is_the_slope_over_an_upsampled_image) {
    for (const int32_t kernel : {1, 2, 3, 5})
        for (const int32_t stride : {1, 2, 3})
            for (const Padding pad : {Padding::all(1), Padding{2, 1, 0, 3}})
                expect_slope({.x = {1, 3, 4, 2}, .out_channels = 3, .kernel = kernel, .stride = stride, .pad = pad, .channels2 = 1, .upsample = true});
}

TEST(Conv2dGradient, is_the_slope_for_two_sources_time_scale_and_no_bias) {
    expect_slope({.x = {1, 4, 3, 2}, .out_channels = 3, .channels2 = 4, .time = true, .scale = 0.70710678f});
    expect_slope({.x = {1, 4, 3, 2}, .out_channels = 3, .channels2 = 4, .bias = false, .of_x = false});
    expect_slope({.x = {1, 4, 3, 2}, .out_channels = 3, .channels2 = 4, .time = true, .bias = false, .of_x2 = false});
    expect_slope({.x = {1, 1, 1, 1}, .out_channels = 1});
    expect_slope({.x = {1, 2, 2, 2}, .out_channels = 2, .kernel = 3, .pad = Padding::all(4)});  // some outputs see padding alone
}

TEST(Conv2dGradient, matches_the_reference_on_every_small_size) {
    for (const int64_t side : {1, 2, 5})
        for (const int64_t channels : {1, 3, 16, 33})
            for (const int32_t out : {1, 7, 33}) expect_cpu({.x = {1, side, side + 1, channels}, .out_channels = out, .time = true}, {2});
}

TEST(Conv2dGradient, matches_the_reference_on_sizes_beyond_every_tile) {
    expect_cpu({.x = {1, 37, 29, 40}, .out_channels = 70}, {1, 2});
    expect_cpu({.x = {1, 32, 32, 64}, .out_channels = 48, .channels2 = 32, .time = true}, {2});
    expect_cpu({.x = {1, 70, 90, 17}, .out_channels = 5}, {1});
    expect_cpu({.x = {1, 4, 4, 160}, .out_channels = 96, .channels2 = 64}, {5, 19}, 2);
}

TEST(Conv2dGradient, matches_the_reference_for_kernels_from_1_to_beyond_the_image) {
    expect_cpu({.x = {1, 9, 11, 20}, .out_channels = 24, .kernel = 1, .pad = {}});
    expect_cpu({.x = {1, 9, 11, 20}, .out_channels = 40, .kernel = 1, .pad = {}, .channels2 = 33});
    expect_cpu({.x = {1, 9, 11, 20}, .out_channels = 24, .kernel = 1, .pad = Padding::all(1)});
    expect_cpu({.x = {1, 9, 8, 5}, .out_channels = 9, .kernel = 2, .pad = {}});
    expect_cpu({.x = {1, 9, 8, 5}, .out_channels = 9, .kernel = 4, .pad = Padding::all(2)});
    expect_cpu({.x = {1, 9, 18, 5}, .out_channels = 9, .kernel = 5, .pad = Padding::all(2)});
    expect_cpu({.x = {1, 3, 2, 5}, .out_channels = 9, .kernel = 7, .pad = Padding::all(3)});
    expect_cpu({.x = {1, 2, 3, 4}, .out_channels = 40, .kernel = 15, .pad = Padding::all(7)});
    expect_cpu({.x = {1, 3, 3, 2}, .out_channels = 2, .kernel = 3, .pad = Padding::all(5)});  // some pixels see padding alone
}

TEST(Conv2dGradient, matches_the_reference_with_a_stride_and_any_padding) {
    for (const int32_t stride : {2, 3, 5})
        for (const Padding pad : {Padding{}, Padding::all(1), Padding{0, 0, 1, 1}, Padding{2, 1, 0, 3}})
            for (const int64_t side : {3, 8, 13}) expect_cpu({.x = {1, side, side + 2, 18}, .out_channels = 20, .stride = stride, .pad = pad});
    expect_cpu({.x = {1, 30, 33, 40}, .out_channels = 20, .stride = 2});
    expect_cpu({.x = {1, 9, 8, 5}, .out_channels = 9, .kernel = 1, .stride = 2, .pad = {}});
    expect_cpu({.x = {1, 1, 1, 5}, .out_channels = 9, .kernel = 1, .stride = 2});  // nothing reads x
    expect_cpu({.x = {1, 1, 6, 5}, .out_channels = 9, .stride = 2, .channels2 = 17});
}

TEST(Conv2dGradient, matches_the_reference_with_two_sources) {
    for (const int64_t channels : {1, 5, 32, 40})
        for (const int64_t channels2 : {1, 7, 16, 48}) {
            expect_cpu({.x = {1, 6, 5, channels}, .out_channels = 19, .channels2 = channels2, .of_x = channels != 5, .of_x2 = channels != 40});
            expect_cpu({.x = {1, 6, 5, channels}, .out_channels = 2, .channels2 = channels2});
        }
}

TEST(Conv2dGradient, matches_the_reference_over_an_upsampled_image) {
    for (const int64_t side : {1, 2, 7, 16})
        for (const int64_t channels : {3, 34}) {
            expect_cpu({.x = {1, side, side + 1, channels}, .out_channels = 34, .upsample = true});
            expect_cpu({.x = {1, side, side + 1, channels}, .out_channels = 3, .pad = {2, 1, 0, 1}, .upsample = true});
            expect_cpu({.x = {1, side, side + 1, channels}, .out_channels = 9, .kernel = 1, .pad = {}, .upsample = true});
            expect_cpu({.x = {1, side, side + 1, channels}, .out_channels = 9, .kernel = 2, .pad = Padding::all(1), .upsample = true});
            expect_cpu({.x = {1, side, side + 1, channels}, .out_channels = 9, .kernel = 5, .pad = Padding::all(2), .upsample = true});
            expect_cpu({.x = {1, side, side + 1, channels}, .out_channels = 9, .stride = 2, .upsample = true});
            expect_cpu({.x = {1, side, side + 1, channels}, .out_channels = 9, .stride = 3, .upsample = true});
        }
    expect_cpu({.x = {1, 5, 6, 16}, .out_channels = 20, .channels2 = 9, .upsample = true, .time = true, .scale = 0.5f});
}

TEST(Conv2dGradient, carries_time_scale_and_bias) {
    for (const bool time : {false, true})
        for (const bool bias : {false, true})
            for (const int32_t out : {3, 16, 50})
                expect_cpu({.x = {1, 9, 15, 21}, .out_channels = out, .channels2 = out == 16 ? 16 : 0, .time = time, .bias = bias, .scale = 0.70710678f});
}

// More rows than slices, fewer, and dead rows that leave slices empty.
TEST(Conv2dGradient, sums_over_any_number_of_images) {
    expect_cpu({.x = {1, 7, 7, 32}, .out_channels = 32, .time = true}, {2, 8, 33}, 0);
    expect_cpu({.x = {1, 7, 7, 32}, .out_channels = 32, .time = true}, {1, 3}, 29);
    expect_cpu({.x = {1, 2, 2, 20}, .out_channels = 1}, {40}, 7);
}

TEST(Conv2dGradient, of_data_is_the_same_bits_in_any_company) {
    for (const Case& c : {Case{.x = {1, 14, 14, 40}, .out_channels = 64}, {.x = {1, 28, 28, 32}, .out_channels = 32, .stride = 2},
                          {.x = {1, 7, 7, 64}, .out_channels = 64, .upsample = true}, {.x = {1, 8, 8, 256}, .out_channels = 256}}) {
        SCOPED_TRACE(c.name());
        Bench bench;
        const Conv2d op = make(bench, c);
        GradientBench trial(bench, op, [&](Value dy, const Wanted& d) { return std::tuple(Conv2dDataGradient{op, dy, d(op.x), {}}); });
        for (const Isa isa : all_isas()) {
            // Image n of the trial has the same numbers whatever the rows.
            const std::vector<float> most = trial.cpu_of(9, 0, false, isa, 2).values.at(op.x.id);
            for (const int rows : {1, 2, 5})
                for (const int threads : {1, 3}) {
                    const std::vector<float> got = trial.cpu_of(rows, rows % 2, false, isa, threads).values.at(op.x.id);
                    expect_same_bits(got.data(), most.data(), int64_t(got.size()));
                }
        }
    }
}

TEST(Conv2dGradient, costs_what_the_forward_pass_costs_for_each_half) {
    Bench bench;
    const Conv2d op = make(bench, {.x = {1, 8, 6, 5}, .out_channels = 9, .channels2 = 3, .time = true});
    Shapes shapes = bench.shapes(2);
    const Shape y = output_shape(op, shapes);
    shapes.all.push_back(y);
    const Value dy{int32_t(shapes.all.size()) - 1};
    const Cost data = cost(Conv2dDataGradient{op, dy, {op.x, true}, {}}, shapes);
    EXPECT_EQ(data.flops, 2 * 2 * 8 * 6 * 9 * (5 * 9));
    EXPECT_EQ(data.bytes, 4 * (2 * 8 * 6 * 9 + 9 * 5 * 9 + 2 * (2 * 8 * 6 * 5)));
    const Cost weight = cost(Conv2dWeightGradient{op, dy, {op.time}}, shapes);
    EXPECT_EQ(weight.flops, 2 * 2 * 8 * 6 * 9 * (8 * 9) + 2 * 8 * 6 * 9);
    EXPECT_EQ(weight.bytes, 4 * (2 * 8 * 6 * (9 + 5 + 3) + 2 * 9 + 2 * (9 * 8 * 9 + 9)));
}

}  // namespace
}  // namespace lgv::testing
