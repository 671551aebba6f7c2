#include "ops/linear/linear.cuda.h"

#include "base/error.h"
#include "tests/cuda/cuda_bench.h"

namespace lgv::testing {
namespace {

struct Case {
    int64_t h, w, c, k;
    bool bias = true, residual = false;
    Activation act = Activation::none;
    float scale = 1;
};

// Weights of 1/sqrt(C): sums of the size of x.
Linear linear(Bench& bench, const Case& at) {
    const Value x = bench.value({1, at.h, at.w, at.c});
    const Value residual = at.residual ? bench.value({1, at.h, at.w, at.k}) : Value{};
    return {.x = x, .weight = bench.parameter({at.k, at.c}, float(1 / std::sqrt(double(at.c)))), .bias = at.bias ? bench.parameter({at.k}) : Parameter{},
            .out_channels = int32_t(at.k), .residual = residual, .act = at.act, .scale = at.scale};
}

std::string name_of(const Case& at) {
    return text(at.h * at.w, " pixels, ", at.c, " -> ", at.k, at.bias ? ", bias" : "", at.residual ? ", residual" : "", ", ", lgv::name_of(at.act));
}

template <class... A>
void expect_near(double tolerance, CudaType type, const Case& at, A&&... pictures) {
    SCOPED_TRACE(name_of(at));
    Bench bench;
    const Linear op = linear(bench, at);
    CudaBench(bench, op, CudaRun::of(type)).expect_near(tolerance, std::forward<A>(pictures)...);
}

// Two rows and more than a tile, one channel and more steps (of 32) than the pipeline has stages (4), odd and whole chunks of 8.
const Case small[] = {{1, 1, 1, 1},
                      {1, 1, 40, 17, true, true, Activation::silu, 0.5f},
                      {1, 1, 37, 8, false, false, Activation::mish},
                      {3, 5, 24, 20, true, true},
                      {1, 1, 520, 40},
                      {4, 5, 33, 19, true, true, Activation::gelu},
                      {2, 9, 3, 5},
                      {2, 9, 14, 6},
                      {8, 8, 24, 16, false, true, Activation::relu, 2},
                      {5, 5, 264, 72, true, true, Activation::mish}};

}  // namespace

TEST(CudaLinear, is_the_reference_in_float32) {
    for (const Case& at : small) expect_near(f32_tolerance, CudaType::f32, at);
}

TEST(CudaLinear, is_the_reference_in_bfloat16) {
    for (const Case& at : small) expect_near(bf16_tolerance, CudaType::bf16, at);
}

// Images of 289 and of 256 pixels: the large tiles, whose rows are of two images.
TEST(CudaLinear, has_large_tiles) {
    expect_near(bf16_tolerance, CudaType::bf16, {17, 17, 168, 72, true, true, Activation::silu});
    expect_near(bf16_tolerance, CudaType::bf16, {17, 17, 21, 131, true, true, Activation::none, 0.5f});
    expect_near(bf16_tolerance, CudaType::bf16, {16, 16, 200, 128});
}

TEST(CudaLinear, has_every_activation) {
    for (const Activation act : {Activation::none, Activation::silu, Activation::mish, Activation::gelu, Activation::relu}) {
        for (const int64_t pixels : {1, 16}) {
            const Case at{1, pixels, 16, 16, true, true, act, 1.5f};
            expect_near(f32_tolerance, CudaType::f32, at);
            expect_near(bf16_tolerance, CudaType::bf16, at);
        }
    }
}

// The tails: arguments of up to some hundred, whose exponentials leave float32.
TEST(CudaLinear, has_activations_that_do_not_overflow) {
    for (const Activation act : {Activation::silu, Activation::mish, Activation::gelu}) {
        SCOPED_TRACE(lgv::name_of(act));
        Bench bench;
        const Linear op{.x = bench.value({1, 4, 4, 1}, 100), .weight = bench.parameter({8, 1}), .out_channels = 8, .act = act};
        for (const CudaType type : {CudaType::f32, CudaType::bf16}) CudaBench(bench, op, CudaRun::of(type)).expect_near(type == CudaType::f32 ? f32_tolerance : bf16_tolerance);
    }
}

TEST(CudaLinear, gives_a_row_the_same_bits_in_every_batch) {
    for (const Case& at : {Case{1, 1, 136, 24, true, true, Activation::silu}, Case{3, 7, 40, 24, true, true}, Case{17, 17, 19, 40}}) {
        SCOPED_TRACE(name_of(at));
        Bench bench;
        const Linear op = linear(bench, at);
        for (const CudaType type : {CudaType::f32, CudaType::bf16}) CudaBench(bench, op, CudaRun::of(type)).expect_batch_invariance();
    }
}

// More rows than a block of the time path has.
TEST(CudaLinear, has_many_images_of_one_pixel) {
    std::vector<int> pictures;
    for (int i = 0; i < 37; ++i) pictures.push_back(i);
    expect_near(bf16_tolerance, CudaType::bf16, {1, 1, 72, 24, true, true, Activation::silu}, pictures, 40);
}

TEST(CudaLinear, takes_a_weight_written_as_a_1x1_convolution_and_no_other) {
    Bench bench;
    Linear op{.x = bench.value({1, 2, 3, 8}), .weight = bench.parameter({16, 8, 1, 1}), .bias = bench.parameter({16}), .out_channels = 16};
    CudaBench(bench, op, CudaRun::of(CudaType::bf16)).expect_near(bf16_tolerance);

    Shapes shapes = bench.shapes(1);
    shapes.all.push_back(output_shape(op, shapes));
    const Value out{int32_t(shapes.all.size()) - 1};
    op.weight = bench.parameter({8, 16});
    const Weights source = bench.weights();
    CudaWeights weights(source);
    const auto message = [&](const CudaTypes& types, Code code) -> std::string {
        try {
            lower(op, out, shapes, types, weights, CudaTarget{});
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), code);
            return error.what();
        }
        return "";
    };
    constexpr auto b = CudaType::bf16, f = CudaType::f32;
    EXPECT_EQ(message({{b, b}}, Code::model), "linear: the weight is [8, 16], expected [16, 8]");
    EXPECT_EQ(message({{f, b}}, Code::unsupported), "linear: x is float32, y is bfloat16; all must be bfloat16, or float32");
}

}  // namespace lgv::testing
