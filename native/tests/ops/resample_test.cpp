#include "ops/resample/resample.h"

#include "base/error.h"
#include "ops/resample/resample.cpu.h"
#include "tests/ops/gemm_harness.h"

namespace lgv::testing {
namespace {

constexpr ResampleKind all_kinds[] = {ResampleKind::average, ResampleKind::fir_down, ResampleKind::nearest, ResampleKind::fir_up};

TEST(Resample, is_its_reference) {
    for (Isa isa : all_isas()) {
        for (ResampleKind kind : all_kinds) {
            // One pixel, odd sides, channels below, at and above a vector, two and more vectors.
            for (const Shape& image : {Shape{1, 1, 1, 1}, {1, 2, 2, 3}, {1, 3, 2, 16}, {1, 5, 7, 17}, {1, 2, 9, 33}, {1, 16, 6, 8}, {1, 4, 4, 130}}) {
                if (halves(kind) && (image.h < 2 || image.w < 2)) continue;
                SCOPED_TRACE(::testing::Message() << name_of(isa) << " kind " << int(kind) << " of " << to_text(image));
                Bench bench;
                const Resample op{.x = bench.value(image), .kind = kind};
                const std::vector<float> wanted = bench.reference_of(op, {1, 2, 3});
                // Up to 16 products, the weights of which add up to 1: an ulp of the largest for each two.
                expect_near(bench.cpu_of(op, {1, 2, 3}, isa, 2), wanted, 8 * 0x1p-23 * double(largest(wanted)));
            }
        }
    }
}

// What diffusers 0.42.1 makes of the row 1, 2, 3, 4 above 5, 6, 7, 8 (downsample_2d and upsample_2d with the kernel (1, 3, 3, 1)).
TEST(Resample, fir_has_the_numbers_that_diffusers_gives) {
    const std::vector<float> picture = {1, 2, 3, 4, 5, 6, 7, 8};
    const auto resampled = [&](ResampleKind kind, const Shape& out) {
        Shapes shapes{{Shape{1, 2, 4, 1}}};
        const Resample op{.x = Value{0}, .kind = kind};
        EXPECT_EQ(output_shape(op, shapes), out);
        shapes.all.push_back(out);
        std::vector<float> x = picture, y(size_t(out.elements()));
        std::vector<float*> values = {x.data(), y.data()};
        reference(op, ReferenceLaunch{values, shapes, Weights({}), Value{1}});
        return y;
    };
    EXPECT_EQ(resampled(ResampleKind::fir_down, {1, 1, 2, 1}), (std::vector<float>{2.4375f, 3.46875f}));
    const std::vector<float> up = resampled(ResampleKind::fir_up, {1, 4, 8, 1});
    EXPECT_EQ(std::vector<float>(up.begin(), up.begin() + 8), (std::vector<float>{0.5625f, 0.9375f, 1.3125f, 1.6875f, 2.0625f, 2.4375f, 2.8125f, 2.25f}));
}

TEST(Resample, an_even_picture_stays_even_inside) {
    Bench bench;
    for (ResampleKind kind : all_kinds) {
        const Resample op{.x = bench.value({1, 8, 8, 5}, 0, 3), .kind = kind};
        const std::vector<float> y = bench.cpu_of(op, {1}, Isa::avx2);
        const int64_t side = halves(kind) ? 4 : 16;
        for (int64_t i = 1; i + 1 < side; ++i) {
            for (int64_t j = 1; j + 1 < side; ++j) EXPECT_EQ(y[size_t((i * side + j) * 5)], 3.0f) << int(kind);
        }
    }
}

TEST(Resample, a_picture_has_its_own_bits) {
    for (Isa isa : all_isas()) {
        for (ResampleKind kind : all_kinds) {
            Bench bench;
            const Resample op{.x = bench.value({1, 6, 5, 19}), .kind = kind};
            bench.expect_batch_invariance(op, isa);
        }
    }
}

TEST(Resample, refuses_what_cannot_be_halved) {
    Shapes shapes{{Shape{2, 1, 4, 3}, Shape{2, 4, 1, 3}, Shape{2, 5, 7, 3}}};
    for (ResampleKind kind : {ResampleKind::average, ResampleKind::fir_down}) {
        EXPECT_THROW(output_shape(Resample{.x = Value{0}, .kind = kind}, shapes), Error);
        EXPECT_THROW(output_shape(Resample{.x = Value{1}, .kind = kind}, shapes), Error);
        EXPECT_EQ(output_shape(Resample{.x = Value{2}, .kind = kind}, shapes), (Shape{2, 2, 3, 3}));
    }
    EXPECT_EQ(output_shape(Resample{.x = Value{2}, .kind = ResampleKind::nearest}, shapes), (Shape{2, 10, 14, 3}));
    EXPECT_THROW(output_shape(Resample{}, shapes), Error);
    EXPECT_EQ(cost(Resample{.x = Value{2}, .kind = ResampleKind::average}, shapes).bytes, 4 * (2 * 35 * 3 + 2 * 6 * 3));
}

}  // namespace
}  // namespace lgv::testing
