// The matrix product against its own definition, one chain of fused multiply-adds, to the bit.
#include "ops/gemm/gemm.h"

#include "ops/activation.h"
#include "tests/ops/gemm_harness.h"

namespace lgv::testing {
namespace {

struct Product {
    int64_t m, n, k;
    Isa isa;
    std::vector<float> a, b, panels;

    Product(int64_t m, int64_t n, int64_t k, Isa isa) : m(m), n(n), k(k), isa(isa), a(normals(1, m * k)), b(normals(2, k * n)) {
        const GemmKernels& kernels = gemm_kernels(isa);
        panels.assign(size_t(packed_floats(kernels, k, n)), std::nanf(""));
        kernels.pack(b.data(), n, k, n, panels.data());
    }

    GemmCall call(std::vector<float>& c) const {
        c.assign(size_t(m * n), std::nanf(""));
        return {.a = a.data(), .a_row = k, .panels = panels.data(), .c = c.data(), .c_row = n, .m = m, .n = n, .k = k};
    }

    std::vector<float> chains() const {
        std::vector<float> c(static_cast<size_t>(m * n));
        for (int64_t i = 0; i < m; ++i) {
            for (int64_t j = 0; j < n; ++j) {
                float sum = 0;
                for (int64_t step = 0; step < k; ++step) sum = std::fma(a[size_t(i * k + step)], b[size_t(step * n + j)], sum);
                c[size_t(i * n + j)] = sum;
            }
        }
        return c;
    }
};

// 1, odd, around a tile's rows (6, 14) and a panel's columns (16, 32), several of each, more rows than a block holds.
constexpr int64_t sizes[][3] = {{1, 1, 1},   {1, 5000, 3}, {2, 17, 5},   {3, 31, 300}, {5, 33, 7},   {6, 16, 64},  {7, 15, 9},   {13, 47, 2},
                                {14, 32, 33}, {15, 64, 1},  {29, 65, 11}, {49, 24, 16}, {85, 96, 50}, {150, 40, 1024}, {300, 7, 520}};

TEST(Gemm, every_element_is_one_chain_in_ascending_k) {
    for (Isa isa : all_isas()) {
        for (const auto& [m, n, k] : sizes) {
            SCOPED_TRACE(::testing::Message() << name_of(isa) << " " << m << " x " << n << " x " << k);
            const Product product(m, n, k, isa);
            std::vector<float> c;
            const GemmCall call = product.call(c);
            gemm_kernels(isa).multiply(call);
            expect_same_bits(c.data(), product.chains().data(), m * n);
        }
    }
}

TEST(Gemm, bits_do_not_depend_on_the_cut) {
    for (Isa isa : all_isas()) {
        const GemmKernels& kernels = gemm_kernels(isa);
        const int64_t m = 31, n = 100, k = 77;
        const Product product(m, n, k, isa);
        const std::vector<float> wanted = product.chains();
        for (int64_t rows : {1, 2, 5, 14, 30}) {
            std::vector<float> c;
            const GemmCall whole = product.call(c);
            for (int64_t row = 0; row < m; row += rows) {
                for (int64_t column = 0; column < n; column += kernels.panel) {
                    GemmCall part = whole;
                    part.a += row * k;
                    part.c += row * n + column;
                    part.panels += column * k;
                    part.m = std::min(rows, m - row);
                    part.n = std::min(kernels.panel, n - column);
                    kernels.multiply(part);
                }
            }
            SCOPED_TRACE(::testing::Message() << name_of(isa) << " by " << rows << " rows");
            expect_same_bits(c.data(), wanted.data(), m * n);
        }
    }
}

TEST(Gemm, writes_nothing_beside_its_matrix) {
    for (Isa isa : all_isas()) {
        for (int64_t n : {1, 15, 17, 33, 47, 64}) {
            const int64_t m = 9, k = 4, row = n + 5;
            const Product product(m, n, k, isa);
            std::vector<float> unused, c(size_t(m * row), 123.0f);
            GemmCall call = product.call(unused);
            call.c = c.data();
            call.c_row = row;
            gemm_kernels(isa).multiply(call);
            for (int64_t i = 0; i < m; ++i) {
                for (int64_t j = n; j < row; ++j) ASSERT_EQ(c[size_t(i * row + j)], 123.0f) << name_of(isa) << " n = " << n;
            }
        }
    }
}

TEST(Gemm, adds_bias_and_residual_then_activates_and_scales) {
    for (Isa isa : all_isas()) {
        for (int64_t n : {1, 32, 45}) {
            const int64_t m = 17, k = 6;
            const Product product(m, n, k, isa);
            const std::vector<float> bias = normals(3, n), residual = normals(4, m * n), sums = product.chains();
            for (Activation act : {Activation::none, Activation::silu, Activation::mish, Activation::gelu, Activation::relu}) {
                for (bool in_place : {false, true}) {
                    std::vector<float> c;
                    GemmCall call = product.call(c);
                    call.bias = bias.data();
                    call.residual = residual.data();
                    if (in_place) {
                        c = residual;
                        call.c = c.data();
                        call.residual = c.data();
                    }
                    call.residual_row = n;
                    call.act = act;
                    call.scale = 0.75f;
                    gemm_kernels(isa).multiply(call);
                    for (int64_t i = 0; i < m * n; ++i) {
                        const float sum = sums[size_t(i)] + bias[size_t(i % n)] + residual[size_t(i)];
                        const double wanted = 0.75 * activate(act, double(sum));
                        // gelu 10 ulp, the others less; scale half an ulp. gelu's are more below -5, of less than 1e-5.
                        ASSERT_NEAR(c[size_t(i)], wanted, 11 * 0x1p-23 * std::abs(wanted) + (act == Activation::gelu ? 1e-9 : 0)) << name_of(isa) << " element " << i;
                    }
                }
            }
        }
    }
}

TEST(Gemm, both_packings_agree_and_fill_with_zeros) {
    for (Isa isa : all_isas()) {
        const GemmKernels& kernels = gemm_kernels(isa);
        for (int64_t k : {1, 7, 8, 16, 17, 50}) {
            for (int64_t n : {1, 8, 9, 16, 31, 32, 33, 70}) {
                const int64_t row = k + 3;
                const std::vector<float> transposed = normals(5, n * row);
                std::vector<float> b(static_cast<size_t>(k * (n + 2)));
                for (int64_t step = 0; step < k; ++step) {
                    for (int64_t j = 0; j < n; ++j) b[size_t(step * (n + 2) + j)] = transposed[size_t(j * row + step)];
                }
                const int64_t floats = packed_floats(kernels, k, n);
                std::vector<float> one(size_t(floats), std::nanf("")), two = one;
                kernels.pack(b.data(), n + 2, k, n, one.data());
                kernels.pack_transposed(transposed.data(), row, k, n, two.data());
                for (int64_t i = 0; i < floats; ++i) {
                    const int64_t step = i / kernels.panel % k, column = i / kernels.panel / k * kernels.panel + i % kernels.panel;
                    const float wanted = column < n ? transposed[size_t(column * row + step)] : 0.0f;
                    ASSERT_EQ(one[size_t(i)], wanted) << name_of(isa) << " k = " << k << " n = " << n << " element " << i;
                    ASSERT_EQ(two[size_t(i)], wanted) << name_of(isa) << " k = " << k << " n = " << n << " element " << i;
                }
            }
        }
    }
}

// x [m, 1] times [1]: the activation alone.
std::vector<float> silu_of(const std::vector<float>& x, Isa isa) {
    const float one = 1;
    std::vector<float> panel(size_t(gemm_kernels(isa).panel)), y(x.size());
    gemm_kernels(isa).pack(&one, 1, 1, 1, panel.data());
    gemm_kernels(isa).multiply({.a = x.data(), .a_row = 1, .panels = panel.data(), .c = y.data(), .c_row = 1, .m = int64_t(x.size()), .n = 1, .k = 1,
                                .act = Activation::silu});
    return y;
}

TEST(Gemm, silu_is_good_to_two_and_a_half_ulp) {
    std::vector<float> x;
    for (float v = -87.0f; v < 90.0f; v += 0.00173f) x.push_back(v);
    for (float v = 1e-30f; v < 1; v *= 1.7f) x.insert(x.end(), {v, -v});
    for (Isa isa : all_isas()) {
        const std::vector<float> y = silu_of(x, isa);
        double worst = 0;
        for (size_t i = 0; i < x.size(); ++i) {
            const double wanted = x[i] / (1 + std::exp(-double(x[i])));
            const float nearest = std::abs(float(wanted));
            if (nearest < 1e-36f) continue;
            worst = std::max(worst, std::abs(y[i] - wanted) / (double(std::nextafter(nearest, INFINITY)) - nearest));
        }
        EXPECT_LT(worst, 2.5) << name_of(isa);
        RecordProperty(name_of(isa), std::to_string(worst));
    }
}

TEST(Gemm, silu_of_the_extremes) {
    for (Isa isa : all_isas()) {
        const std::vector<float> y = silu_of({0.0f, 200.0f, 3e38f, -90.0f, -1000.0f, std::nanf("")}, isa);
        EXPECT_EQ(y[0], 0.0f);
        EXPECT_EQ(y[1], 200.0f);
        EXPECT_EQ(y[2], 3e38f);
        EXPECT_NEAR(y[3], 0.0f, 1e-35);
        EXPECT_NEAR(y[4], 0.0f, 1e-35);
        EXPECT_TRUE(std::isnan(y[5]));
    }
}

}  // namespace
}  // namespace lgv::testing
