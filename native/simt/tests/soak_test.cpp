// Whole kernels over many orders of threads: never a finding, always the same bits. SIMT_SOAK=n runs n seeds, from SIMT_SEED on.
#include "soak_kernels.h"

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <tuple>

#include "base/bf16.h"
#include "run.h"

namespace simt_tests {

namespace {

uint64_t soak_seeds() {
    const char* text = std::getenv("SIMT_SOAK");
    return text == nullptr ? 5 : std::strtoull(text, nullptr, 10);
}

template <class Work>
void expect_same_and_clean(Work work) {
    const uint64_t first = simt::config().seed;
    std::vector<float> wanted;
    for (uint64_t seed = first; seed < first + soak_seeds(); ++seed) {
        for (const Copies copies : all_copies) {
            Config knobs = checked(seed, copies);
            knobs.preempt = seed % 2 == 0 ? 50 : 0;
            std::vector<float> got;
            const std::vector<Finding> findings = run_with(knobs, [&] { got = work(); });
            ASSERT_TRUE(findings.empty()) << text_of(findings);
            if (wanted.empty()) wanted = got;
            ASSERT_EQ(got, wanted) << "seed " << seed << ", copies " << int(copies);
        }
    }
}

std::vector<uint16_t> some(size_t count, size_t from) {
    std::vector<uint16_t> numbers(count);
    for (size_t i = 0; i < count; ++i) numbers[i] = lgv::to_bf16(float(int((i + from) * 7919 % 9) - 4)).bits;
    return numbers;
}

TEST(Soak, a_gemm_in_stages_is_right_in_every_order) {
    for (const auto& [m, n, k] : {std::tuple(64, 64, 32), std::tuple(100, 70, 200), std::tuple(1, 3, 8)}) {
        const std::vector<uint16_t> a = some(size_t(m * k), 1), b = some(size_t(n * k), 2);
        std::vector<float> wanted(size_t(m * n));
        for (int i = 0; i < m; ++i) {
            for (int j = 0; j < n; ++j) {
                for (int x = 0; x < k; ++x) wanted[size_t(i * n + j)] += to_float(lgv::bf16{a[size_t(i * k + x)]}) * to_float(lgv::bf16{b[size_t(j * k + x)]});
            }
        }
        const Buffer<uint16_t> left(a), right(b);
        expect_same_and_clean([&] {
            const Buffer<float> c(size_t(m * n));
            run_gemm(m, n, k, c.get(), left.get(), right.get());
            const std::vector<float> got = c.numbers();
            EXPECT_EQ(got, wanted) << m << "x" << n << "x" << k;  // small integers: exact
            return got;
        });
    }
}

TEST(Soak, a_normalization_of_rows_is_right_in_every_order) {
    for (const int columns : {1, 100, 300}) {
        std::vector<float> in(size_t(3 * columns));
        for (size_t i = 0; i < in.size(); ++i) in[i] = float(i * 31 % 17) - 8;
        const Buffer<float> x(in);
        expect_same_and_clean([&] {
            const Buffer<float> y(in.size());
            run_normalize(3, columns, y.get(), x.get());
            const std::vector<float> got = y.numbers();
            double sum = 0, squares = 0;
            for (int i = 0; i < columns; ++i) sum += got[size_t(i)], squares += double(got[size_t(i)]) * got[size_t(i)];
            EXPECT_NEAR(sum / columns, 0, 1e-5);  // float32 rounding of terms near 1
            if (columns > 1) {
                EXPECT_NEAR(squares / columns, 1, 1e-4);  // the variance is some 24, and 1e-5 was added to it
            }
            return got;
        });
    }
}

// Says how fast the emulator is: a matter of record, with a limit that only a mistake exceeds.
TEST(Soak, a_checked_gemm_takes_seconds_a_gigaflop) {
    const int size = 256;
    const Buffer<uint16_t> a(some(size_t(size * size), 1)), b(some(size_t(size * size), 2));
    const Buffer<float> c(size_t(size * size));
    const double gigaflops = 2.0 * size * size * size / 1e9;
    for (const bool check : {false, true}) {
        Config knobs = checked(1);
        knobs.check = check;
        const auto start = std::clock();
        const std::vector<Finding> findings = run_with(knobs, [&] { run_gemm(size, size, size, c.get(), a.get(), b.get()); });
        const double seconds = double(std::clock() - start) / CLOCKS_PER_SEC;
        EXPECT_TRUE(findings.empty()) << text_of(findings);
        std::printf("  %s: %.2f GFLOP/s\n", check ? "checked" : "unchecked", gigaflops / seconds);
        EXPECT_LT(seconds / gigaflops, 100);
    }
}

}  // namespace

}  // namespace simt_tests
