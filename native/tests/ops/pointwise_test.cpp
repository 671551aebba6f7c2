#include "base/error.h"
#include "ops/activation.h"
#include "ops/pointwise/activation_gradient.cpu.h"
#include "ops/pointwise/scaled.cpu.h"
#include "tests/ops/gradient_bench.h"
#include "tests/ops/written_gradient.h"

namespace lgv::testing {
namespace {

// y = scale * act(x): what the two ops differentiate. Only its reference is needed.
struct Curve {
    Value x;
    Activation act = Activation::none;
    float scale = 1;
};

Shape output_shape(const Curve& op, const Shapes& shapes) { return shapes[op.x]; }

template <class Real>
void reference(const Curve& op, const ReferenceLaunchOf<Real>& launch) {
    for (int64_t i = 0; i < launch.shapes[op.x].elements(); ++i) launch.at(launch.out)[i] = Real(op.scale * activate(op.act, launch.at(op.x)[i]));
}

constexpr Activation activations[] = {Activation::none, Activation::silu, Activation::mish, Activation::gelu, Activation::relu};

struct Layer {
    Bench bench;
    Curve op;

    explicit Layer(const Shape& x, Activation act = Activation::none, float scale = 1) : op{bench.value(x, 3), act, scale} {}

    auto activation() const {
        return GradientBench(bench, op, [op = op](Value dy, const Wanted& d) { return std::tuple(ActivationGradient{op.x, dy, op.act, op.scale, d(op.x)}); });
    }
    auto scaled() const {
        return GradientBench(bench, op, [op = op](Value dy, const Wanted& d) { return std::tuple(Scaled{dy, op.scale, d(op.x)}); });
    }
};

TEST(ActivationGradient, is_the_slope) {
    for (const Activation act : activations) Layer({1, 3, 2, 5}, act, 0.7f).activation().expect_finite_differences(2);
}

TEST(ActivationGradient, is_its_reference) {
    for (Isa isa : all_isas()) {
        for (const Activation act : activations) {
            SCOPED_TRACE(name_of(act));
            for (const Shape& x : {Shape{1, 1, 1, 1}, {1, 1, 1, 31}, {1, 5, 7, 3}, {1, 30, 29, 19}}) {  // the last is two tasks
                const std::vector<int> rows{x.h < 30 ? 3 : 1};
                // A slope is within 4 2^-24, the products and the sum add 1.5 to that.
                Layer(x, act, 0.7f).activation().expect_cpu(isa, 6 * 0x1p-24, rows);
                Layer(x, act).activation().expect_cpu(isa, 6 * 0x1p-24, rows);
            }
        }
    }
}

TEST(ActivationGradient, a_picture_has_its_own_bits) {
    for (Isa isa : all_isas()) {
        for (const Activation act : activations) {
            Layer layer({1, 5, 7, 3}, act);
            const ActivationGradient op{layer.op.x, layer.bench.value({1, 5, 7, 3}), act, 0.7f, {}};
            layer.bench.expect_batch_invariance(WrittenGradient<ActivationGradient>{op, &ActivationGradient::dz, layer.op.x}, isa);
        }
    }
}

TEST(Scaled, is_the_slope_of_a_product) { Layer({1, 3, 2, 5}, Activation::none, 0.7f).scaled().expect_finite_differences(2); }

TEST(Scaled, is_its_reference) {
    for (Isa isa : all_isas()) {
        for (const Shape& x : {Shape{1, 1, 1, 1}, {1, 1, 1, 31}, {1, 5, 7, 3}, {1, 30, 29, 19}}) {
            const std::vector<int> rows{x.h < 30 ? 3 : 1};
            Layer(x, Activation::none, 0.7f).scaled().expect_cpu(isa, 0x1p-24, rows);  // rounded once
            Layer(x, Activation::none, 1).scaled().expect_cpu(isa, 0x1p-24, rows);
        }
    }
}

TEST(Scaled, a_picture_has_its_own_bits) {
    for (Isa isa : all_isas()) {
        Layer layer({1, 5, 7, 3});
        layer.bench.expect_batch_invariance(WrittenGradient<Scaled>{{layer.op.x, 0.7f, {}}, &Scaled::out, layer.op.x}, isa);
    }
}

TEST(Pointwise, costs_what_it_reads_and_writes) {
    const Shapes shapes{{{2, 3, 3, 4}, {2, 3, 3, 4}, {2, 3, 3, 4}}};
    EXPECT_EQ(cost(Scaled{{0}, 2, {{1}}}, shapes).bytes, 4 * 2 * 72);
    EXPECT_EQ(cost(Scaled{{0}, 2, {{1}, true}}, shapes).bytes, 4 * 3 * 72);
    EXPECT_EQ(cost(Scaled{{0}, 2, {{1}, true}}, shapes).flops, 2 * 72);
    EXPECT_EQ(cost(ActivationGradient{{0}, {1}, Activation::silu, 1, {{2}}}, shapes).bytes, 4 * 3 * 72);
    EXPECT_EQ(cost(ActivationGradient{{0}, {1}, Activation::silu, 1, {{2}, true}}, shapes).bytes, 4 * 4 * 72);
    EXPECT_EQ(cost(ActivationGradient{{0}, {1}, Activation::silu, 1, {{2}, true}}, shapes).flops, 3 * 72);
}

}  // namespace
}  // namespace lgv::testing
