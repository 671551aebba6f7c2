#include "ops/group_norm/group_norm_gradient.h"

#include "base/error.h"
#include "ops/activation.h"
#include "ops/group_norm/group_norm.cpu.h"
#include "ops/group_norm/group_norm_gradient.cpu.h"
#include "tests/ops/gradient_bench.h"

namespace lgv::testing {
namespace {

constexpr Activation activations[] = {Activation::none, Activation::silu, Activation::mish, Activation::gelu, Activation::relu};

struct Size {
    int64_t h, w, c, c2;
    int32_t groups;
};

// Groups of 1 to 70 channels, one pixel, odd sizes, groups that straddle the two sources, one group over everything, more pixels than a run of 8.
constexpr Size sizes[] = {{1, 1, 2, 0, 1},     {5, 5, 1, 0, 1},    {3, 3, 2, 1, 1},    {7, 5, 6, 3, 3},     {4, 4, 32, 0, 32},    {7, 7, 64, 0, 32},
                          {5, 3, 128, 0, 32},  {2, 2, 256, 0, 32}, {3, 2, 512, 0, 32}, {4, 3, 128, 64, 32}, {3, 3, 256, 128, 32}, {3, 3, 10, 35, 9},
                          {2, 3, 17, 18, 5},   {3, 3, 100, 40, 2}, {3, 5, 140, 0, 1},  {9, 1, 33, 0, 33},  {2, 2, 24, 40, 8},      {13, 11, 20, 4, 8}};

struct Layer {
    Bench bench;
    GroupNorm op;

    Layer(const Size& s, bool scale_shift, Activation act, float offset = 0.3f) {
        const int64_t c = s.c + s.c2;
        op.x = bench.value({1, s.h, s.w, s.c}, 1, offset);
        if (s.c2 != 0) op.x2 = bench.value({1, s.h, s.w, s.c2}, 2, -offset);
        op.weight = bench.parameter({c}, 0.5f, 1);
        op.bias = bench.parameter({c});
        op.groups = s.groups;
        op.act = act;
        if (scale_shift) op.scale_shift = bench.value({1, 1, 1, 2 * c}, 0.5f);
    }

    // All derivatives.
    auto trial() const {
        return GradientBench(bench, op, [op = op](Value dy, const Wanted& d) { return std::tuple(GroupNormGradient{op, dy, d(op.x), d(op.x2), d(op.scale_shift)}); });
    }
};

TEST(GroupNormGradient, is_the_slope) {
    for (Activation act : activations) {
        for (const Size& s : {Size{3, 2, 6, 0, 2}, Size{2, 2, 5, 4, 3}, Size{1, 1, 4, 0, 1}, Size{3, 1, 7, 2, 9}}) {
            for (bool scale_shift : {false, true}) {
                SCOPED_TRACE(::testing::Message() << name_of(act) << " " << s.h << "x" << s.w << "x" << s.c << "+" << s.c2 << ", " << scale_shift);
                // relu's kink must lie in no step: 1e-6 is small enough for these numbers, and leaves 9 digits of the loss.
                Layer(s, scale_shift, act).trial().expect_finite_differences(2, 1e-5, act == Activation::relu ? 0x1p-20 : 0x1p-10);
            }
        }
    }
}

// Statistics are those of the forward op, double sums of float32. A term of dX is rounded four or five times and a slope is off by 4 2^-24 of 1. Sums of 8
// pixels lose 2^-21 of their terms' sizes at worst, a third of that as a random walk; what cancels in sums over pixels and images leaves that of up to ten
// times the result: 32 2^-24 of the largest.
constexpr double tolerance = 32 * 0x1p-24;

TEST(GroupNormGradient, is_its_reference) {
    for (Isa isa : all_isas()) {
        for (const Size& s : sizes) {
            for (int form = 0; form < 4; ++form) {
                SCOPED_TRACE(::testing::Message() << s.h << "x" << s.w << "x" << s.c << "+" << s.c2 << " in " << s.groups << ", form " << form);
                Layer(s, form >= 2, form % 2 ? Activation::silu : Activation::none).trial().expect_cpu(isa, tolerance);
                if (HasFatalFailure()) return;
            }
        }
    }
}

TEST(GroupNormGradient, goes_back_through_every_activation) {
    for (Isa isa : all_isas()) {
        for (Activation act : {Activation::mish, Activation::gelu, Activation::relu}) {
            for (const Size& s : {Size{3, 5, 17, 18, 5}, Size{4, 4, 64, 0, 8}}) {
                SCOPED_TRACE(::testing::Message() << name_of(act) << " " << s.c << "+" << s.c2);
                Layer(s, true, act).trial().expect_cpu(isa, tolerance);
            }
        }
    }
}

TEST(GroupNormGradient, writes_what_is_wanted_alone) {
    for (Isa isa : all_isas()) {
        const Layer layer({5, 3, 17, 18, 5}, true, Activation::silu);
        for (int wanted = 0; wanted < 8; ++wanted) {
            SCOPED_TRACE(wanted);
            GradientBench(layer.bench, layer.op, [&](Value dy, const Wanted& d) {
                const auto one = [&](int bit, Value value) { return wanted & bit ? d(value) : Gradient{}; };
                return std::tuple(GroupNormGradient{layer.op, dy, one(1, layer.op.x), one(2, layer.op.x2), one(4, layer.op.scale_shift)});
            }).expect_cpu(isa, tolerance, {2});
        }
    }
}

TEST(GroupNormGradient, one_source_is_written_and_the_other_added_to) {
    for (Isa isa : all_isas()) {
        const Layer layer({5, 3, 17, 18, 5}, false, Activation::silu);
        for (bool first : {false, true}) {
            GradientBench trial(layer.bench, layer.op, [&](Value dy, const Wanted& d) {
                Gradient dx = d(layer.op.x), dx2 = d(layer.op.x2);
                // The trial fills both with numbers to add to; what is written need not look at them.
                (first ? dx : dx2).add = false;
                return std::tuple(GroupNormGradient{layer.op, dy, dx, dx2, {}});
            });
            const auto wanted = trial.reference_of<float>(2, true), got = trial.cpu_of(2, 1, true, isa, 2);
            for (const auto& [id, derivative] : wanted.values) expect_near(got.values.at(id), derivative, tolerance * double(largest(derivative)));
        }
    }
}

// gamma = 0 makes z = beta; then dshift = dy act'(beta) for the one pixel there is.
TEST(GroupNormGradient, slopes_are_good_to_a_few_units_in_the_last_place_of_1) {
    std::vector<float> x;
    for (float v = -100; v < 100; v += 0.0173f) x.push_back(v);
    for (float v = 1e-38f; v < 1; v *= 1.7f) x.insert(x.end(), {v, -v});
    x.insert(x.end(), {0.0f, -0.0f, 3e38f, -3e38f, 0x1p-149f});
    const int64_t count = int64_t(x.size());
    for (Activation act : activations) {
        Layer layer({1, 1, count, 0, 1}, true, act);
        layer.bench.numbers(layer.op.weight).assign(x.size(), 0.0f);
        layer.bench.numbers(layer.op.bias) = x;
        GroupNorm op = layer.op;
        op.scale_shift = layer.bench.value({1, 1, 1, 2 * count}, 0);
        for (Isa isa : all_isas()) {
            GradientBench trial(layer.bench, op, [&](Value dy, const Wanted& d) { return std::tuple(GroupNormGradient{op, dy, {}, {}, d(op.scale_shift)}); });
            const auto got = trial.cpu_of(1, 0, false, isa, 1);
            const std::vector<float>& dshift = got.values.at(op.scale_shift.id);
            const std::vector<float> dy = normals(777, count);
            for (size_t i = 0; i < x.size(); ++i) {
                const double wanted = double(dy[i]) * activation_slope(act, double(x[i]));
                ASSERT_NEAR(dshift[x.size() + i], wanted, 6 * 0x1p-24 * double(std::abs(dy[i]))) << name_of(act) << " at " << x[i] << ", " << name_of(isa);
            }
        }
    }
}

TEST(GroupNormGradient, slopes_in_double_are_differences_of_the_activations) {
    EXPECT_EQ(activation_slope(Activation::relu, 0), 0);
    // 1e-10 of a third derivative, 1e-16 of up to 90 by 1e-5.
    for (Activation act : activations) {
        for (double x : {-90.0, -12.5, -3.1, -1.2784, -0.3, 0.2, 1.3, 4.0, 39.9, 60.0}) {
            const double h = 1e-5;
            EXPECT_NEAR(activation_slope(act, x), (activate(act, x + h) - activate(act, x - h)) / (2 * h), 1e-9) << name_of(act) << " at " << x;
        }
    }
}

// A training step that meets one must see it in its gradients.
TEST(GroupNormGradient, not_a_number_stays_one) {
    for (Isa isa : all_isas()) {
        for (Activation act : {Activation::silu, Activation::mish, Activation::gelu, Activation::relu}) {  // without one z is not looked at
            Layer layer({2, 2, 8, 0, 2}, false, act);
            layer.bench.numbers(layer.op.bias).assign(8, std::nanf(""));
            const auto got = layer.trial().cpu_of(1, 0, false, isa, 1);
            for (const auto& [id, derivative] : got.parameters) {
                for (float v : derivative) EXPECT_TRUE(std::isnan(v)) << name_of(act);
            }
        }
    }
}

TEST(GroupNormGradient, keeps_its_accuracy_far_from_zero) {
    for (Isa isa : all_isas()) {
        // The variance, 1, is what is left of squares of 1000^2 whose sum over 1024 pixels walks by 32 times 2^-53 of them; X itself is given to 2^-15.
        Layer({16, 16, 64, 0, 8}, true, Activation::silu, 1000).trial().expect_cpu(isa, tolerance + 32 * 0x1p-53 * 1e6, {1});
    }
}

TEST(GroupNormGradient, a_picture_has_its_own_bits) {
    for (Isa isa : all_isas()) {
        for (const Size& s : {Size{7, 5, 6, 3, 3}, Size{9, 9, 128, 64, 32}, Size{3, 5, 33, 12, 9}}) {
            for (bool add : {false, true}) {
                GradientBench trial = Layer(s, true, Activation::silu).trial();
                const auto few = trial.cpu_of(2, 0, add, isa, 1);
                for (int rows : {3, 8}) {
                    const auto many = trial.cpu_of(rows, rows % 2, add, isa, 2);
                    // The first picture's numbers to add to are the same in any batch.
                    for (const auto& [id, derivative] : few.values) expect_same_bits(many.values.at(id).data(), derivative.data(), int64_t(derivative.size()));
                }
            }
        }
    }
}

TEST(GroupNormGradient, rows_that_are_not_there_add_nothing) {
    for (Isa isa : all_isas()) {
        GradientBench trial = Layer({4, 3, 24, 0, 4}, false, Activation::silu).trial();
        const auto alone = trial.cpu_of(2, 0, false, isa, 1), among_dead = trial.cpu_of(2, 5, false, isa, 2);
        for (const auto& [id, derivative] : alone.parameters) expect_same_bits(among_dead.parameters.at(id).data(), derivative.data(), int64_t(derivative.size()));
    }
}

std::string refusal_of(const GroupNormGradient& op, const Bench& bench) {
    try {
        Weights weights = bench.weights();
        lower(op, bench.shapes(2), weights, Isa::avx2);
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

TEST(GroupNormGradient, refuses_what_does_not_fit_with_its_numbers) {
    Layer layer({2, 2, 8, 0, 2}, false, Activation::none);
    const Value right = layer.bench.value({1, 2, 2, 8}), wrong = layer.bench.value({1, 2, 3, 8});
    EXPECT_EQ(refusal_of({layer.op, right, {right}, {}, {}}, layer.bench), "");
    EXPECT_EQ(refusal_of({layer.op, {}, {right}, {}, {}}, layer.bench), "group_norm's gradient: dy is missing, expected [2, 2, 2, 8]");
    EXPECT_EQ(refusal_of({layer.op, wrong, {right}, {}, {}}, layer.bench), "group_norm's gradient: dy is [2, 2, 3, 8], expected [2, 2, 2, 8]");
    EXPECT_EQ(refusal_of({layer.op, right, {wrong}, {}, {}}, layer.bench), "group_norm's gradient: dx is [2, 2, 3, 8], expected [2, 2, 2, 8]");
    EXPECT_EQ(refusal_of({layer.op, right, {right}, {right}, {}}, layer.bench),
              "group_norm's gradient: dx2 is the derivative of an input that the op does not have");
}

}  // namespace
}  // namespace lgv::testing
