// Every form of the convolution against the reference, on sizes that fit no tile.
#include <gtest/gtest.h>

#include <functional>

#include "base/error.h"
#include "tests/ops/conv_case.h"

namespace lgv {
namespace {

std::vector<Isa> isas() {
    std::vector<Isa> isas{Isa::avx2};
    if (choose_isa("") == Isa::avx512) isas.push_back(Isa::avx512);
    return isas;
}

// Inputs and weights are scaled so that an output is a sum of `terms` products with standard deviation 1. A float32 chain of that many steps errs by
// about sqrt(terms) half-ulps of its partial sums (at most about 4 here): 4 * sqrt(terms) * 2^-24, and four times that for the tail of many outputs.
double tolerance(const ConvCase& c) {
    const double terms = double(c.x.c + c.channels2) * c.kernel * c.kernel + 3;
    return 16 * std::sqrt(terms) * 0x1p-24;
}

void expect_matches_reference(const ConvCase& c) {
    ConvFixture fixture(c);
    std::vector<int64_t> images;
    for (int64_t n = 0; n < c.x.n; ++n) images.push_back(n);
    const std::vector<float> want = fixture.run_reference(images);
    for (const Isa isa : isas()) {
        ThreadTeam team(2);
        // One row more than images: a dead one.
        const std::vector<float> got = fixture.run_cpu(images, team, isa, c.x.n + 1);
        ASSERT_EQ(got.size(), want.size());
        double worst = 0;
        for (size_t i = 0; i < got.size(); ++i) {
            ASSERT_FALSE(std::isnan(got[i])) << c.name() << ", " << name_of(isa) << ": element " << i << " (at 0: or a write outside the output)";
            worst = std::max(worst, std::abs(double(got[i]) - want[i]));
        }
        EXPECT_LE(worst, tolerance(c)) << c.name() << ", " << name_of(isa);
    }
}

TEST(Conv2d, matches_the_reference_on_every_small_size) {
    for (const int64_t side : {1, 2, 3, 5, 8})
        for (const int64_t channels : {1, 3, 16, 17, 33})
            for (const int32_t out : {1, 7, 16, 31, 33}) expect_matches_reference({.x = {2, side, side + 1, channels}, .out_channels = out});
}

TEST(Conv2d, matches_the_reference_on_sizes_beyond_every_tile) {
    expect_matches_reference({.x = {1, 37, 29, 40}, .out_channels = 70});
    expect_matches_reference({.x = {2, 32, 32, 128}, .out_channels = 64});
    expect_matches_reference({.x = {1, 70, 90, 17}, .out_channels = 5});
    expect_matches_reference({.x = {3, 4, 4, 256}, .out_channels = 256});
}

TEST(Conv2d, matches_the_reference_for_kernels_from_1_to_beyond_the_image) {
    expect_matches_reference({.x = {2, 9, 11, 20}, .out_channels = 24, .kernel = 1, .pad = {}});
    expect_matches_reference({.x = {2, 9, 11, 20}, .out_channels = 24, .kernel = 1, .pad = Padding::all(1)});
    expect_matches_reference({.x = {1, 9, 8, 5}, .out_channels = 9, .kernel = 2, .pad = {}});
    expect_matches_reference({.x = {1, 9, 8, 5}, .out_channels = 9, .kernel = 4, .pad = Padding::all(2)});
    expect_matches_reference({.x = {1, 9, 18, 5}, .out_channels = 9, .kernel = 5, .pad = Padding::all(2)});
    expect_matches_reference({.x = {1, 3, 2, 5}, .out_channels = 9, .kernel = 7, .pad = Padding::all(3)});
    expect_matches_reference({.x = {1, 2, 3, 4}, .out_channels = 40, .kernel = 15, .pad = Padding::all(7)});
    expect_matches_reference({.x = {1, 21, 33, 3}, .out_channels = 17, .kernel = 16, .pad = Padding::all(8)});
    expect_matches_reference({.x = {1, 3, 3, 2}, .out_channels = 2, .kernel = 3, .pad = Padding::all(5)});  // some pixels see padding alone
}

TEST(Conv2d, matches_the_reference_with_a_stride_and_any_padding) {
    for (const int32_t stride : {2, 3, 5})
        for (const Padding pad : {Padding{}, Padding::all(1), Padding{0, 0, 1, 1}, Padding{2, 1, 0, 3}})
            for (const int64_t side : {3, 8, 13, 30})
                expect_matches_reference({.x = {2, side, side + 2, 18}, .out_channels = 20, .stride = stride, .pad = pad});
    expect_matches_reference({.x = {1, 9, 8, 5}, .out_channels = 9, .kernel = 1, .stride = 2, .pad = {}});
}

TEST(Conv2d, matches_the_reference_with_two_sources) {
    for (const int64_t channels : {1, 5, 16, 32, 40})
        for (const int64_t channels2 : {1, 7, 16, 48}) {
            expect_matches_reference({.x = {2, 6, 5, channels}, .out_channels = 19, .channels2 = channels2});
            expect_matches_reference({.x = {2, 6, 5, channels}, .out_channels = 19, .kernel = 1, .pad = {}, .channels2 = channels2});
        }
}

TEST(Conv2d, matches_the_reference_over_an_upsampled_image) {
    for (const int64_t side : {1, 2, 7, 16})
        for (const int64_t channels : {3, 16, 34}) {
            expect_matches_reference({.x = {2, side, side + 1, channels}, .out_channels = 34, .upsample = true});
            expect_matches_reference({.x = {1, side, side + 1, channels}, .out_channels = 3, .pad = {2, 1, 0, 1}, .upsample = true});
            expect_matches_reference({.x = {1, side, side + 1, channels}, .out_channels = 9, .kernel = 1, .pad = {}, .upsample = true});
            expect_matches_reference({.x = {1, side, side + 1, channels}, .out_channels = 9, .kernel = 2, .pad = Padding::all(1), .upsample = true});
            expect_matches_reference({.x = {1, side, side + 1, channels}, .out_channels = 9, .kernel = 5, .pad = Padding::all(2), .upsample = true});
            expect_matches_reference({.x = {1, side, side + 1, channels}, .out_channels = 9, .stride = 2, .upsample = true});
        }
    expect_matches_reference(
        {.x = {2, 5, 6, 16}, .out_channels = 20, .channels2 = 9, .upsample = true, .time = true, .residual = true, .scale = 0.5f});
}

TEST(Conv2d, adds_bias_time_and_residual_before_it_scales) {
    for (const bool time : {false, true})
        for (const bool residual : {false, true})
            for (const bool bias : {false, true})
                for (const int32_t out : {3, 16, 50})
                    for (const int32_t stride : {1, 2})
                        expect_matches_reference({.x = {3, 9, 15, 21}, .out_channels = out, .stride = stride, .channels2 = out == 16 ? 16 : 0,
                                                  .time = time, .residual = residual, .bias = bias, .scale = 0.70710678f});
}

std::string refusal(const ConvCase& c, const std::function<void(Conv2d&, Shapes&)>& spoil) {
    ConvFixture fixture(c);
    Conv2d op = fixture.op();
    Shapes shapes = fixture.shapes(c.x.n);
    spoil(op, shapes);
    try {
        output_shape(op, shapes);
        check_parameters(op, shapes, fixture.weights());
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

TEST(Conv2d, refuses_what_does_not_fit_and_says_by_which_numbers) {
    const ConvCase c{.x = {2, 8, 6, 5}, .out_channels = 9, .channels2 = 3, .time = true, .residual = true};
    EXPECT_EQ(refusal(c, [](Conv2d&, Shapes&) {}), "");
    EXPECT_EQ(refusal(c, [](Conv2d&, Shapes& s) { s.all[1].w = 7; }),
              "conv2d: x [2, 8, 6, 5] and x2 [2, 8, 7, 3] do not lie side by side (rows, height and width must agree)");
    EXPECT_EQ(refusal(c, [](Conv2d&, Shapes& s) { s.all[2].c = 8; }),
              "conv2d: time [2, 1, 1, 8] is not [2, 1, 1, 9], a row of output channels for each image");
    EXPECT_EQ(refusal(c, [](Conv2d&, Shapes& s) { s.all[3].h = 4; }), "conv2d: residual [2, 4, 6, 9] is added to an output [2, 8, 6, 9]");
    EXPECT_EQ(refusal(c, [](Conv2d& op, Shapes&) { op.stride = 0; }), "conv2d: stride 0 is not between 1 and 1024");
    EXPECT_EQ(refusal(c, [](Conv2d& op, Shapes&) { op.kernel = 0; }), "conv2d: kernel 0 is not between 1 and 1024");
    EXPECT_EQ(refusal(c, [](Conv2d& op, Shapes&) { op.pad.left = -1; }), "conv2d: padding -1 is not between 0 and 1024");
    EXPECT_EQ(refusal(c, [](Conv2d& op, Shapes&) { op.kernel = 9; }), "conv2d: kernel 9 is larger than the padded image of 10 x 8 pixels");
    EXPECT_EQ(refusal(c, [](Conv2d& op, Shapes&) { op.out_channels = 0; }), "conv2d: 0 output channels");
    EXPECT_EQ(refusal(c, [](Conv2d&, Shapes& s) { s.all[0].c = 6; }),
              "conv2d: weight [9, 8, 3, 3] is not [9, 9, 3, 3] (output channels, input channels, kernel, kernel)");
    EXPECT_EQ(refusal(c, [](Conv2d& op, Shapes& s) { op.out_channels = 10, op.weight = {1}, op.time = op.residual = {}, s.all[0].c = 1; }),
              "conv2d: weight [9] is not [10, 4, 3, 3] (output channels, input channels, kernel, kernel)");
    EXPECT_EQ(refusal(c, [](Conv2d& op, Shapes&) { op.bias = {0}; }), "conv2d: bias [9, 8, 3, 3] is not [9]");
    EXPECT_EQ(refusal(c, [](Conv2d&, Shapes& s) { s.all[0].n = int64_t{1} << 60; }),
              "conv2d: x [1152921504606846976, 8, 6, 5] is larger than anything that can be computed (2^20 a side, 2^40 elements)");
    EXPECT_EQ(refusal(c, [](Conv2d&, Shapes& s) { s.all[0].h = 0; }), "conv2d: x [2, 0, 6, 5] has an empty side");
}

TEST(Conv2d, counts_two_flops_for_a_multiply_add_and_each_byte_once) {
    const ConvFixture fixture({.x = {2, 8, 6, 5}, .out_channels = 9, .channels2 = 3, .time = true, .residual = true});
    const Cost c = cost(fixture.op(), fixture.shapes(2));
    EXPECT_EQ(c.flops, 2 * 2 * 8 * 6 * 9 * (8 * 9));
    EXPECT_EQ(c.bytes, 4 * (2 * 8 * 6 * (5 + 3) + 2 * 9 + 2 * (2 * 8 * 6 * 9) + 9 * 8 * 9 + 9));
}

}  // namespace
}  // namespace lgv
