#include "ops/affine/affine.h"

#include "base/error.h"
#include "ops/affine/affine.cpu.h"
#include "tests/ops/gemm_harness.h"

namespace lgv::testing {
namespace {

struct Layer {
    Bench bench;
    Affine op;

    Layer(const Shape& image, int64_t c2, bool divides, float scale, float shift) {
        op.x = bench.value(image);
        if (c2 != 0) op.x2 = bench.value({1, image.h, image.w, c2}, 1, 2);
        if (divides) op.divisor = bench.value({1, 1, 1, 1}, 0.1f, 3);
        op.scale = scale;
        op.shift = shift;
    }
};

TEST(Affine, is_its_reference) {
    for (Isa isa : all_isas()) {
        for (int64_t c2 : {0, 1, 19}) {
            for (const Shape& image : {Shape{1, 1, 1, 1}, {1, 5, 7, 3}, {1, 70, 80, 4}, {1, 2, 3, 20000}}) {
                for (bool divides : {false, true}) {
                    const Layer layer(image, c2, divides, 2, -1);
                    const std::vector<float> wanted = layer.bench.reference_of(layer.op, {1, 2, 3});
                    // Sum and quotient: half an ulp each.
                    expect_near(layer.bench.cpu_of(layer.op, {1, 2, 3}, isa, 2), wanted, 0x1p-22 * double(std::max(1.0f, largest(wanted))));
                }
            }
        }
    }
}

TEST(Affine, puts_two_side_by_side_as_they_are) {
    const Layer layer({1, 3, 2, 5}, 4, false, 1, 0);
    const std::vector<float> x = layer.bench.numbers(layer.op.x, 1), x2 = layer.bench.numbers(layer.op.x2, 1), y = layer.bench.cpu_of(layer.op, {1}, Isa::avx2);
    for (size_t p = 0; p < 6; ++p) {
        for (size_t c = 0; c < 9; ++c) EXPECT_EQ(y[p * 9 + c], c < 5 ? x[p * 5 + c] : x2[p * 4 + c - 5]);
    }
}

TEST(Affine, a_picture_has_its_own_bits) {
    for (Isa isa : all_isas()) {
        const Layer border({1, 9, 7, 3}, 0, true, 0.3f, 0.7f);
        border.bench.expect_batch_invariance(border.op, isa);
        const Layer pair({1, 40, 40, 9}, 12, false, 1, 0);
        pair.bench.expect_batch_invariance(pair.op, isa);
    }
}

TEST(Affine, refuses_what_does_not_fit_with_its_numbers) {
    Shapes shapes{{Shape{2, 4, 4, 3}, Shape{2, 4, 5, 3}, Shape{2, 1, 1, 1}, Shape{2, 1, 1, 2}}};
    EXPECT_EQ(output_shape(Affine{.x = Value{0}, .x2 = Value{0}, .divisor = Value{2}}, shapes), (Shape{2, 4, 4, 6}));
    EXPECT_THROW(output_shape(Affine{.x = Value{0}, .x2 = Value{1}}, shapes), Error);
    EXPECT_THROW(output_shape(Affine{.x = Value{0}, .divisor = Value{3}}, shapes), Error);
    EXPECT_THROW(output_shape(Affine{}, shapes), Error);
    EXPECT_EQ(cost(Affine{.x = Value{0}, .x2 = Value{0}, .divisor = Value{2}}, shapes).bytes, 4 * (2 * 192 + 2));
}

}  // namespace
}  // namespace lgv::testing
