#include "ops/group_norm/group_norm.h"

#include "base/error.h"
#include "ops/group_norm/group_norm.cpu.h"
#include "tests/ops/gemm_harness.h"

namespace lgv::testing {
namespace {

struct Layer {
    Bench bench;
    GroupNorm op;

    Layer(const Shape& image, int64_t c2, int32_t groups, bool scale_shift = false, Activation act = Activation::none, float factor = 1, float offset = 0.3f) {
        const int64_t c = image.c + c2;
        op.x = bench.value(image, factor, offset);
        if (c2 != 0) op.x2 = bench.value({1, image.h, image.w, c2}, 2 * factor, -offset);
        op.weight = bench.parameter({c}, 0.5f, 1);
        op.bias = bench.parameter({c});
        op.groups = groups;
        op.act = act;
        if (scale_shift) op.scale_shift = bench.value({1, 1, 1, 2 * c});
    }
};

struct Size {
    int64_t h, w, c, c2;
    int32_t groups;
};

// Groups of 1 to 70 channels, one pixel, odd sizes, groups that straddle the two sources, one group over everything.
constexpr Size sizes[] = {{1, 1, 1, 0, 1},     {5, 5, 1, 0, 1},    {3, 3, 2, 1, 1},    {7, 5, 6, 3, 3},     {4, 4, 32, 0, 32},    {7, 7, 64, 0, 32},  {4, 4, 96, 0, 32},
                          {5, 3, 128, 0, 32},  {2, 2, 256, 0, 32}, {3, 2, 512, 0, 32}, {4, 3, 128, 64, 32}, {3, 3, 256, 128, 32}, {3, 3, 10, 35, 9},  {2, 3, 17, 18, 5},
                          {3, 3, 100, 40, 2}, {3, 5, 140, 0, 1},  {9, 1, 33, 0, 33},  {2, 2, 24, 40, 8},   {33, 31, 20, 4, 8}};

TEST(GroupNorm, is_its_reference) {
    for (Isa isa : all_isas()) {
        for (const Size& s : sizes) {
            for (int form = 0; form < 4; ++form) {
                SCOPED_TRACE(::testing::Message() << name_of(isa) << " " << s.h << "x" << s.w << "x" << s.c << "+" << s.c2 << " in " << s.groups << ", form " << form);
                const Layer layer({1, s.h, s.w, s.c}, s.c2, s.groups, form >= 2, form % 2 ? Activation::silu : Activation::none);
                const std::vector<float> wanted = layer.bench.reference_of(layer.op, {1, 2});
                // Difference, factor, offset and fma: half an ulp each of numbers no larger than about twice the largest result; silu 2.5 ulp.
                expect_near(layer.bench.cpu_of(layer.op, {1, 2}, isa, 2), wanted, 8 * 0x1p-23 * double(std::max(1.0f, largest(wanted))));
            }
        }
    }
}

TEST(GroupNorm, activates_as_it_is_told) {
    for (Isa isa : all_isas()) {
        for (Activation act : {Activation::mish, Activation::gelu, Activation::relu}) {
            for (const Size& s : {Size{3, 5, 17, 18, 5}, Size{4, 4, 64, 0, 8}}) {
                const Layer layer({1, s.h, s.w, s.c}, s.c2, s.groups, true, act);
                const std::vector<float> wanted = layer.bench.reference_of(layer.op, {1, 2});
                // As above, and gelu's 5 ulp.
                expect_near(layer.bench.cpu_of(layer.op, {1, 2}, isa, 2), wanted, 12 * 0x1p-23 * double(std::max(1.0f, largest(wanted))));
                layer.bench.expect_batch_invariance(layer.op, isa);
            }
        }
    }
}

TEST(GroupNorm, keeps_its_accuracy_far_from_zero) {
    for (Isa isa : all_isas()) {
        for (float offset : {1000.0f, -30000.0f}) {
            const Layer layer({1, 16, 16, 64}, 0, 8, false, Activation::none, 1, offset);
            const std::vector<float> wanted = layer.bench.reference_of(layer.op, {1});
            // The variance, 1, is what is left of squares of offset^2 whose sum over 256 pixels walks by 16 times 2^-53 of them.
            const double variance_error = 16 * 0x1p-53 * double(offset * offset);
            expect_near(layer.bench.cpu_of(layer.op, {1}, isa), wanted, (8 * 0x1p-23 + variance_error) * double(largest(wanted)));
        }
    }
}

TEST(GroupNorm, a_constant_image_becomes_beta) {
    for (Isa isa : all_isas()) {
        const Layer layer({1, 8, 8, 32}, 0, 4, false, Activation::none, 0, 5);
        const std::vector<float> wanted = layer.bench.reference_of(layer.op, {1});
        expect_near(layer.bench.cpu_of(layer.op, {1}, isa), wanted, 1e-6);
    }
}

TEST(GroupNorm, a_picture_has_its_own_bits) {
    for (Isa isa : all_isas()) {
        for (const Size& s : {Size{7, 5, 6, 3, 3}, Size{9, 9, 128, 64, 32}, Size{3, 5, 33, 12, 9}, Size{4, 4, 256, 0, 32}}) {
            const Layer layer({1, s.h, s.w, s.c}, s.c2, s.groups, true, Activation::silu);
            layer.bench.expect_batch_invariance(layer.op, isa);
        }
    }
}

TEST(GroupNorm, not_a_number_stays_one) {
    for (Isa isa : all_isas()) {
        const Layer layer({1, 2, 2, 8}, 0, 2, false, Activation::silu, std::nanf(""));
        for (float v : layer.bench.cpu_of(layer.op, {1}, isa)) EXPECT_TRUE(std::isnan(v));
    }
}

std::string refusal_of(const GroupNorm& op, const Bench& bench) {
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

TEST(GroupNorm, refuses_what_does_not_fit_with_its_numbers) {
    Layer layer({1, 2, 2, 48}, 0, 32);
    EXPECT_EQ(refusal_of(layer.op, layer.bench), "group_norm: 48 channels do not split into 32 groups");
    layer.op.groups = 0;
    EXPECT_EQ(refusal_of(layer.op, layer.bench), "group_norm: 0 groups; at least 1 is needed");
    layer.op.groups = 16;
    layer.op.eps = 0;
    EXPECT_EQ(refusal_of(layer.op, layer.bench), "group_norm: eps is 0; it must be above 0");
    layer.op.eps = 1e-5f;
    layer.op.scale_shift = layer.bench.value({1, 1, 1, 48});
    EXPECT_EQ(refusal_of(layer.op, layer.bench), "group_norm: scale and shift are [2, 1, 1, 48], expected [2, 1, 1, 96]");
    layer.op.scale_shift = {};
    layer.op.x2 = layer.bench.value({1, 2, 3, 16});
    EXPECT_EQ(refusal_of(layer.op, layer.bench), "group_norm: the second input is [2, 2, 3, 16], the first [2, 2, 2, 48]; they must agree in all but their channels");
    layer.op.x2 = layer.bench.value({1, 2, 2, 16});
    EXPECT_EQ(refusal_of(layer.op, layer.bench), "group_norm: the weight is [48], expected [64]");
}

}  // namespace
}  // namespace lgv::testing
