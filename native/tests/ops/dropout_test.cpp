#include "base/error.h"
#include "ops/dropout/dropout.h"

#include "ops/dropout/dropout.cpu.h"
#include "tests/ops/gradient_bench.h"
#include "tests/ops/value_arena.h"

namespace lgv::testing {
namespace {

struct Layer {
    Bench bench;
    Dropout op;

    // A picture's key is the bits of two normals.
    Layer(const Shape& x, float p, int32_t layer = 0) : op{.x = bench.value(x), .key = bench.value({1, 1, 1, 2}), .p = p, .layer = layer} {}

    auto trial() const {
        return GradientBench(bench, op, [op = op](Value dy, const Wanted& d) { return std::tuple(DropoutGradient{op, dy, d(op.x)}); });
    }
};

// What becomes of ones: 0 where they are dropped. One image of `size` elements.
std::vector<float> kept(uint64_t key, int64_t size, float p, int32_t layer, Isa isa, bool backward = false) {
    const Shape shape{1, 1, 1, size};
    ValueArena arena({shape, {1, 1, 1, 2}, shape});
    arena.put({0}, std::vector<float>(size_t(size), 1.0f));
    arena.put({1}, {float_of(uint32_t(key)), float_of(uint32_t(key >> 32))});
    Weights weights{std::vector<TensorView>{}};
    const Dropout op{.x = {0}, .key = {1}, .p = p, .layer = layer};
    if (backward) {
        arena.launch(lower(DropoutGradient{op, {0}, {{2}}}, arena.shapes(), weights, isa), 1);
    } else {
        arena.launch(lower(op, {2}, arena.shapes(), weights, isa), 1);
    }
    return arena.numbers({2}, 1);
}

std::string bits(const std::vector<float>& numbers) {
    std::string text;
    for (const float v : numbers) text += v != 0 ? '1' : '0';
    return text;
}

constexpr uint64_t some_key = 0x0123456789abcdef;

// From a Philox of its own (which gives Random123's known answers): another mask is another training run for every seed.
TEST(Dropout, has_the_mask_that_it_has_always_had) {
    for (Isa isa : all_isas()) {
        EXPECT_EQ(bits(kept(some_key, 16, 0.5f, 0, isa)), "1000111010111101");
        EXPECT_EQ(bits(kept(some_key, 16, 0.5f, 3, isa)), "1010011101100011");
        EXPECT_EQ(bits(kept(some_key, 16, 0.1f, 0, isa)), "1110111111111111");
        EXPECT_EQ(bits(kept(some_key, 13, 0.5f, 0, isa)), "1000111010111");
    }
}

TEST(Dropout, is_its_reference) {
    for (Isa isa : all_isas()) {
        for (const float p : {0.0f, 0.1f, 0.5f, 0.97f}) {
            for (const Shape& x : {Shape{1, 1, 1, 1}, {1, 1, 1, 3}, {1, 5, 7, 3}, {1, 16, 16, 1}, {1, 31, 33, 37}}) {  // the last is three tasks
                const Layer layer(x, p, 5);
                const std::vector<float> wanted = layer.bench.reference_of(layer.op, {1, 2, 3});
                // 1 / (1 - p) and the product are rounded here, in the reference the end alone.
                expect_near(layer.bench.cpu_of(layer.op, {1, 2, 3}, isa, 2), wanted, 0x1p-23 * double(largest(wanted)));
            }
        }
    }
}

TEST(DropoutGradient, is_the_slope) {
    Layer({1, 3, 5, 7}, 0.3f).trial().expect_finite_differences(2);
    Layer({1, 1, 1, 33}, 0).trial().expect_finite_differences(2);
}

TEST(DropoutGradient, is_its_reference) {
    for (Isa isa : all_isas()) {
        for (const Shape& x : {Shape{1, 1, 1, 1}, {1, 5, 7, 3}, {1, 25, 27, 25}}) {  // the last is two tasks
            Layer(x, 0.3f, 2).trial().expect_cpu(isa, 0x1p-22, {x.h < 25 ? 3 : 1});  // as above, and the sum
        }
    }
}

TEST(Dropout, has_one_mask_forward_and_backward) {
    for (Isa isa : all_isas()) {
        const std::vector<float> forward = kept(some_key, 20011, 0.3f, 7, isa), backward = kept(some_key, 20011, 0.3f, 7, isa, true);
        expect_same_bits(backward.data(), forward.data(), 20011);
    }
}

TEST(Dropout, a_picture_has_its_own_bits) {
    for (Isa isa : all_isas()) {
        const Layer layer({1, 5, 7, 9}, 0.4f, 1);
        layer.bench.expect_batch_invariance(layer.op, isa);
    }
}

TEST(Dropout, keeps_as_many_as_it_says_and_scales_them) {
    constexpr int64_t count = 1 << 20;
    for (const float p : {0.1f, 0.5f, 0.9f}) {
        const std::vector<float> y = kept(some_key, count, p, 0, Isa::avx2);
        int64_t there = 0;
        for (const float v : y) {
            if (v == 0) continue;
            ++there;
            ASSERT_FLOAT_EQ(v, 1 / (1 - p));
        }
        EXPECT_NEAR(double(there), (1 - double(p)) * count, 5 * std::sqrt(double(p) * (1 - double(p)) * count)) << p;  // five sigma
    }
    for (const float v : kept(some_key, 1000, 0, 0, Isa::avx2)) EXPECT_EQ(v, 1);
}

// Two fair masks that know nothing of each other agree in half of their elements.
TEST(Dropout, has_a_mask_for_each_layer_and_each_key) {
    constexpr int64_t count = 1 << 18;
    const std::vector<float> one = kept(some_key, count, 0.5f, 0, Isa::avx2);
    for (const auto& [key, layer] : {std::pair<uint64_t, int32_t>{some_key, 1}, {some_key + 1, 0}, {some_key + (uint64_t{1} << 32), 0}}) {
        const std::vector<float> other = kept(key, count, 0.5f, layer, Isa::avx2);
        int64_t same = 0;
        for (size_t i = 0; i < one.size(); ++i) same += one[i] == other[i];
        EXPECT_NEAR(double(same), count / 2, 5 * std::sqrt(count) / 2) << "key " << key << ", layer " << layer;
    }
}

std::string refusal_of(const Dropout& op, const Shapes& shapes) {
    try {
        output_shape(op, shapes);
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

TEST(Dropout, refuses_what_does_not_fit_with_its_numbers) {
    const Shapes shapes{{{2, 4, 4, 3}, {2, 1, 1, 2}}};
    const Dropout op{.x = {0}, .key = {1}, .p = 0.5f};
    EXPECT_EQ(refusal_of(op, shapes), "");
    Dropout wrong = op;
    wrong.p = 1;
    EXPECT_EQ(refusal_of(wrong, shapes), "dropout: p is 1; at least 0 and below 1 is needed");
    wrong.p = std::nanf("");
    EXPECT_EQ(refusal_of(wrong, shapes), "dropout: p is nan; at least 0 and below 1 is needed");
    wrong = op;
    wrong.key = {0};
    EXPECT_EQ(refusal_of(wrong, shapes), "dropout: the keys are [2, 4, 4, 3], expected [2, 1, 1, 2]");
    wrong.key = {};
    EXPECT_EQ(refusal_of(wrong, shapes), "dropout: it has no keys");
    wrong = op;
    wrong.layer = -1;
    EXPECT_EQ(refusal_of(wrong, shapes), "dropout: layer -1; they are counted from 0");
    wrong = op;
    wrong.x = {};
    EXPECT_EQ(refusal_of(wrong, shapes), "dropout: it has no input");
}

TEST(Dropout, costs_ten_rounds_for_four_numbers) {
    const Shapes shapes{{{2, 4, 4, 4}, {2, 1, 1, 2}, {2, 4, 4, 4}}};
    const Dropout op{.x = {0}, .key = {1}, .p = 0.5f};
    EXPECT_EQ(cost(op, shapes).flops, 128 * 17);
    EXPECT_EQ(cost(op, shapes).bytes, 4 * (2 * 128 + 4));
    EXPECT_EQ(cost(DropoutGradient{op, {2}, {{0}, true}}, shapes).flops, 128 * 18);
    EXPECT_EQ(cost(DropoutGradient{op, {2}, {{0}, true}}, shapes).bytes, 4 * (3 * 128 + 4));
}

}  // namespace
}  // namespace lgv::testing
