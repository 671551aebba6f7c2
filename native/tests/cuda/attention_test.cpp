#include "ops/attention/attention.cuda.h"

#include "base/error.h"
#include "tests/cuda/cuda_bench.h"

namespace lgv::testing {
namespace {

struct Case {
    int64_t h, w;
    int heads;
    int64_t head_size;
};

Attention attention(Bench& bench, const Case& at, float factor = 1) {
    const Shape image{1, at.h, at.w, at.heads * at.head_size};
    return {.q = bench.value(image, factor), .k = bench.value(image, factor), .v = bench.value(image), .heads = at.heads};
}

std::string name_of(const Case& at) { return text(at.h * at.w, " pixels, ", at.heads, " heads of ", at.head_size); }

// The plans of the kernel end at 16, 32, 48, 64, 80, 128, 160, 256 and 512 channels; its tiles have 16 or 64 keys and 32, 64 or 128 query rows.
const Case cases[] = {{1, 1, 1, 1},  {1, 1, 2, 64},  {7, 7, 1, 3},    {7, 7, 3, 8},    {2, 25, 2, 24},  {7, 39, 1, 8},   {13, 21, 2, 16}, {7, 39, 1, 33},  {7, 39, 2, 40},  {3, 11, 2, 20},
                      {5, 13, 2, 64}, {7, 39, 1, 64}, {8, 8, 2, 80},  {7, 11, 1, 72},  {7, 11, 1, 128}, {10, 13, 1, 97}, {5, 13, 1, 160}, {5, 13, 1, 131}, {8, 16, 1, 256},
                      {7, 11, 1, 256}, {1, 7, 2, 255}, {1, 1, 1, 512}, {1, 49, 1, 512}, {4, 8, 1, 320},  {1, 19, 1, 509}};

}  // namespace

TEST(CudaAttention, is_the_reference_in_float32) {
    for (const Case& at : cases) {
        if (at.h * at.w > 80) continue;  // a block has one query row, and the emulator's blocks of 128 threads are dear
        SCOPED_TRACE(name_of(at));
        Bench bench;
        const Attention op = attention(bench, at);
        CudaBench(bench, op, CudaRun::of(CudaType::f32)).expect_near(f32_tolerance);
    }
}

// Probabilities are rounded to bfloat16 before the second product: each is off by up to 2^-9 of itself, but they are many and their errors independent, so that what is
// left beside the rounding of the result, 2^-9, is small: the tolerance is that of every op.
TEST(CudaAttention, is_the_reference_in_bfloat16) {
    for (const Case& at : cases) {
        SCOPED_TRACE(name_of(at));
        Bench bench;
        const Attention op = attention(bench, at);
        CudaBench(bench, op, CudaRun::of(CudaType::bf16)).expect_near(bf16_tolerance, {3}, 2);
    }
}

// Scores of several hundred: their exponentials alone would leave float32. A score of s is off by s 2^-24 for each rounding on its way (product, factor, difference), and its exponential by as much
// of itself: 10^3 x 2^-24 x 3 = 2e-4 in float32, nothing beside bfloat16's 2^-9.
TEST(CudaAttention, does_not_overflow) {
    for (const Case& at : {Case{5, 14, 1, 64}, Case{3, 11, 2, 17}, Case{1, 37, 1, 272}}) {
        SCOPED_TRACE(name_of(at));
        Bench bench;
        const Attention op = attention(bench, at, 15);
        CudaBench(bench, op, CudaRun::of(CudaType::f32)).expect_near(2e-4);
        CudaBench(bench, op, CudaRun::of(CudaType::bf16)).expect_near(bf16_tolerance);
    }
}

TEST(CudaAttention, gives_a_row_the_same_bits_in_every_batch) {
    for (const Case& at : {Case{5, 14, 2, 40}, Case{1, 19, 1, 300}, Case{9, 1, 1, 7}}) {
        SCOPED_TRACE(name_of(at));
        Bench bench;
        const Attention op = attention(bench, at);
        CudaBench(bench, op, CudaRun::of(CudaType::bf16)).expect_batch_invariance();
        if (at.h * at.w < 20) CudaBench(bench, op, CudaRun::of(CudaType::f32)).expect_batch_invariance();
    }
}

TEST(CudaAttention, refuses_what_it_cannot_do_with_the_numbers) {
    Bench bench;
    const Attention op = attention(bench, {1, 2, 1, 513});
    Shapes shapes = bench.shapes(1);
    shapes.all.push_back(output_shape(op, shapes));
    const Value out{int32_t(shapes.all.size()) - 1};
    const Weights source = bench.weights();
    CudaWeights weights(source);
    const auto message = [&](const CudaTypes& types) -> std::string {
        try {
            lower(op, out, shapes, types, weights, CudaTarget{});
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), Code::unsupported);
            return error.what();
        }
        return "";
    };
    constexpr auto b = CudaType::bf16, f = CudaType::f32;
    EXPECT_EQ(message({{b, b, b, b}}), "attention: a head of 513 channels; a GPU computes heads of up to 512");
    EXPECT_EQ(message({{b, f, b, b}}), "attention: q, k, v and y are bfloat16, float32, bfloat16 and bfloat16; all must be bfloat16, or float32");
}

}  // namespace lgv::testing
