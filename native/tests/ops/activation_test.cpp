#include "ops/activation.h"

#include "ops/gemm/gemm.h"
#include "tests/ops/gemm_harness.h"

namespace lgv::testing {
namespace {

// x [m, 1] times [1]: the activation alone.
std::vector<float> activated(const std::vector<float>& x, Activation act, Isa isa) {
    const float one = 1;
    std::vector<float> panel(size_t(gemm_kernels(isa).panel)), y(x.size());
    gemm_kernels(isa).pack(&one, 1, 1, 1, panel.data());
    gemm_kernels(isa).multiply(
        {.a = x.data(), .a_row = 1, .panels = panel.data(), .c = y.data(), .c_row = 1, .m = int64_t(x.size()), .n = 1, .k = 1, .act = act});
    return y;
}

// From `low` to `high`, and around 0 in ever smaller steps.
std::vector<float> numbers(float low, float high) {
    std::vector<float> x;
    for (float v = low; v < high; v += 0.00173f) x.push_back(v);
    for (float v = 1e-30f; v < 1; v *= 1.7f) x.insert(x.end(), {v, -v});
    return x;
}

double worst_ulp(Activation act, float low, float high, Isa isa) {
    const std::vector<float> x = numbers(low, high), y = activated(x, act, isa);
    double worst = 0;
    for (size_t i = 0; i < x.size(); ++i) {
        const double wanted = activate(act, double(x[i]));
        const float nearest = std::abs(float(wanted));
        if (nearest < 1e-36f) continue;
        worst = std::max(worst, std::abs(y[i] - wanted) / (double(std::nextafter(nearest, INFINITY)) - nearest));
    }
    return worst;
}

TEST(Activation, are_good_to_a_few_units_in_the_last_place) {
    for (Isa isa : all_isas()) {
        EXPECT_LT(worst_ulp(Activation::mish, -80, 90, isa), 4) << name_of(isa);
        EXPECT_LT(worst_ulp(Activation::gelu, 0, 90, isa), 5) << name_of(isa);
        EXPECT_LT(worst_ulp(Activation::gelu, -5, 0, isa), 10) << name_of(isa);
        EXPECT_LT(worst_ulp(Activation::gelu, -12, -5, isa), 80) << name_of(isa);  // of less than 1.5e-6: a^2 / 2 = 72 of them at -12
        EXPECT_EQ(worst_ulp(Activation::relu, -80, 90, isa), 0) << name_of(isa);
    }
}

TEST(Activation, are_those_of_pytorch) {
    // torch.nn.functional in double.
    EXPECT_NEAR(activate(Activation::silu, 1.3), 1.0215854780, 1e-9);
    EXPECT_NEAR(activate(Activation::mish, 1.3), 1.1859765715, 1e-9);
    EXPECT_NEAR(activate(Activation::mish, -2.1), -0.2415176217, 1e-9);
    EXPECT_NEAR(activate(Activation::gelu, 1.3), 1.1741593700, 1e-9);
    EXPECT_NEAR(activate(Activation::gelu, -2.1), -0.0375152832, 1e-9);
    EXPECT_EQ(activate(Activation::relu, -2.1), 0);
    EXPECT_EQ(activate(Activation::relu, 2.1), 2.1);
}

TEST(Activation, not_a_number_stays_one_and_the_ends_are_finite) {
    for (Isa isa : all_isas()) {
        for (Activation act : {Activation::mish, Activation::gelu, Activation::relu}) {
            const std::vector<float> y = activated({std::nanf(""), 3e38f, -3e38f, 0.0f}, act, isa);
            EXPECT_TRUE(std::isnan(y[0])) << name_of(act);
            EXPECT_EQ(y[1], 3e38f) << name_of(act);
            EXPECT_NEAR(y[2], 0, 4) << name_of(act);  // what exp's smallest result leaves of it
            EXPECT_EQ(y[3], 0) << name_of(act);
        }
    }
}

}  // namespace
}  // namespace lgv::testing
