#include "ops/attention/attention_gradient.h"

#include "base/error.h"
#include "ops/attention/attention.cpu.h"
#include "ops/attention/attention_gradient.cpu.h"
#include "tests/ops/gradient_bench.h"

namespace lgv::testing {
namespace {

struct Size {
    int64_t h, w;
    int32_t heads;
    int64_t d;
};

constexpr Size sizes[] = {{1, 1, 1, 1},  {1, 2, 3, 1},   {3, 3, 2, 5},   {7, 7, 4, 16},  {4, 4, 1, 64},  {5, 7, 2, 33},  {1, 31, 1, 8},
                          {1, 32, 1, 32}, {1, 33, 1, 17}, {8, 8, 2, 40}, {3, 1, 1, 512}, {1, 17, 1, 300}, {14, 13, 1, 3}};

struct Layer {
    Bench bench;
    Attention op;

    Layer(const Size& s, float factor = 1) {
        const Shape image{1, s.h, s.w, s.heads * s.d};
        op.q = bench.value(image, factor);
        op.k = bench.value(image, factor);
        op.v = bench.value(image);
        op.heads = s.heads;
    }

    auto trial() const {
        return GradientBench(bench, op, [op = op](Value dy, const Wanted& d) { return std::tuple(AttentionGradient{op, dy, d(op.q), d(op.k), d(op.v)}); });
    }
};

// A score is off by a random walk of sqrt(D) half ulps of at most 5 f^2, which exp makes a relative error of P; dP, the sum of P dP and the products go
// sqrt(D) and sqrt(L) half ulps; their terms are larger than the result by no more than a factor of 4.
double tolerance(const Size& s, float factor) {
    return 4 * 0x1p-24 * (5 * double(factor * factor) * std::sqrt(double(s.d)) + std::sqrt(double(s.h * s.w)) + std::sqrt(double(s.d)) + 8);
}

TEST(AttentionGradient, is_the_slope) {
    for (const Size& s : {Size{1, 1, 2, 3}, Size{2, 3, 1, 4}, Size{1, 3, 3, 1}, Size{3, 3, 2, 5}}) {
        SCOPED_TRACE(::testing::Message() << s.h << "x" << s.w << ", " << s.heads << " heads of " << s.d);
        Layer(s).trial().expect_finite_differences(2);
    }
}

// dq, dk and dv each for itself: of one that is wrong by a tenth, a norm over all of them shows little.
TEST(AttentionGradient, is_its_reference) {
    for (Isa isa : all_isas()) {
        for (const Size& s : sizes) {
            for (float factor : {1.0f, 4.0f}) {  // scores of 16 standard deviations: rows with one winner
                SCOPED_TRACE(::testing::Message() << s.h << "x" << s.w << ", " << s.heads << " heads of " << s.d << ", factor " << factor);
                Layer(s, factor).trial().expect_cpu(isa, tolerance(s, factor));
                if (HasFatalFailure()) return;
            }
        }
    }
}

TEST(AttentionGradient, long_sequences_go_by_chunks_of_queries) {
    for (Isa isa : all_isas()) {
        for (const Size& s : {Size{32, 32, 1, 4}, Size{19, 23, 1, 9}}) {
            GradientBench trial = Layer(s).trial();
            for (bool add : {false, true}) {
                const auto wanted = trial.reference_of<float>(1, add), got = trial.cpu_of(1, 1, add, isa, 1), shared = trial.cpu_of(1, 1, add, isa, 2);
                for (const auto& [id, derivative] : wanted.values) {
                    expect_near(got.values.at(id), derivative, tolerance(s, 1) * double(std::max(1.0f, largest(derivative))));
                    expect_same_bits(shared.values.at(id).data(), got.values.at(id).data(), int64_t(derivative.size()));
                }
            }
        }
    }
}

// One thread takes a unit at a time; three threads share the blocks of two or four units, and take one each of 12.
TEST(AttentionGradient, a_picture_has_its_own_bits) {
    for (Isa isa : all_isas()) {
        for (const Size& s : {Size{5, 7, 2, 12}, Size{16, 17, 1, 33}}) {
            GradientBench trial = Layer(s).trial();
            for (bool add : {false, true}) {
                const auto alone = trial.cpu_of(1, 0, add, isa, 1);
                for (int rows : {1, 2, 6}) {
                    for (int threads : {1, 2, 3}) {
                        SCOPED_TRACE(::testing::Message() << name_of(isa) << ", " << rows << " rows, " << threads << " threads");
                        const auto many = trial.cpu_of(rows, rows % 2, add, isa, threads);
                        for (const auto& [id, derivative] : alone.values) expect_same_bits(many.values.at(id).data(), derivative.data(), int64_t(derivative.size()));
                    }
                }
            }
        }
    }
}

TEST(AttentionGradient, more_units_than_the_workspace_holds_take_turns) {
    const Size s{16, 16, 3, 200};
    const Layer layer(s);
    Shapes shapes = layer.bench.shapes(6);
    const Shape y = output_shape(layer.op, shapes);
    for (int i = 0; i < 4; ++i) shapes.all.push_back(y);
    Weights weights = layer.bench.weights();
    for (Isa isa : all_isas()) {
        EXPECT_LT(lower(AttentionGradient{layer.op, {3}, {{4}}, {{5}}, {{6}}}, shapes, weights, isa).units_together, 18);
        GradientBench trial = layer.trial();
        const auto one = trial.cpu_of(6, 0, false, isa, 1), many = trial.cpu_of(6, 0, false, isa, 8);
        for (const auto& [id, derivative] : one.values) expect_same_bits(many.values.at(id).data(), derivative.data(), int64_t(derivative.size()));
    }
}

TEST(AttentionGradient, a_single_key_has_no_slope) {
    for (Isa isa : all_isas()) {
        const Layer layer({1, 1, 3, 20});
        GradientBench trial = layer.trial();
        const auto got = trial.cpu_of(2, 0, false, isa, 1);
        for (float v : got.values.at(layer.op.q.id)) EXPECT_EQ(v, 0);
        for (float v : got.values.at(layer.op.k.id)) EXPECT_EQ(v, 0);
    }
}

std::string refusal_of(const AttentionGradient& op, const Bench& bench) {
    try {
        Weights weights = bench.weights();
        lower(op, bench.shapes(2), weights, Isa::avx2);
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

TEST(AttentionGradient, refuses_what_does_not_fit_with_its_numbers) {
    Layer layer({2, 2, 1, 8});
    const Gradient right{layer.bench.value({1, 2, 2, 8})}, wrong{layer.bench.value({1, 2, 3, 8})};
    EXPECT_EQ(refusal_of({layer.op, right.value, right, right, right}, layer.bench), "");
    EXPECT_EQ(refusal_of({layer.op, wrong.value, right, right, right}, layer.bench), "attention's gradient: dy is [2, 2, 3, 8], expected [2, 2, 2, 8]");
    EXPECT_EQ(refusal_of({layer.op, right.value, right, {}, right}, layer.bench), "attention's gradient: dk is missing, expected [2, 2, 2, 8]");
}

}  // namespace
}  // namespace lgv::testing
