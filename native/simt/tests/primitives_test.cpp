// Every primitive against a plain computation, over all seeds and all kinds of asynchronous copies, with nothing found.
#include "primitive_kernels.h"

#include <cmath>

#include "base/bf16.h"
#include "run.h"

namespace simt_tests {

namespace {

std::vector<int32_t> some_integers(size_t count, int32_t modulus) {
    std::vector<int32_t> numbers(count);
    for (size_t i = 0; i < count; ++i) numbers[i] = int32_t(i * 7919 % size_t(modulus));
    return numbers;
}

// Small integers, so that products and sums are exact.
std::vector<uint16_t> some_bf16(size_t count, size_t seed) {
    std::vector<uint16_t> numbers(count);
    for (size_t i = 0; i < count; ++i) numbers[i] = lgv::to_bf16(float(int((i + seed) * 7919 % 13) - 6)).bits;
    return numbers;
}

std::vector<float> product(const std::vector<uint16_t>& a, const std::vector<uint16_t>& b, int m_count, int n_count, int depth) {
    std::vector<float> d(size_t(m_count * n_count));
    for (int m = 0; m < m_count; ++m) {
        for (int n = 0; n < n_count; ++n) {
            for (int k = 0; k < depth; ++k) d[size_t(m * n_count + n)] += to_float(lgv::bf16{a[size_t(m * depth + k)]}) * to_float(lgv::bf16{b[size_t(n * depth + k)]});
        }
    }
    return d;
}

TEST(Primitives, shuffles_take_from_the_lane_that_they_name) {
    const std::vector<int32_t> in = some_integers(32, 1009);
    const Buffer<int32_t> given(in), out(32);
    for (const int width : {32, 8, 4}) {
        for (const int by : {0, 1, 3, 5, 16}) {
            expect_clean([&] {
                for (const ShuffleKind kind : {ShuffleKind::index, ShuffleKind::exclusive_or, ShuffleKind::down, ShuffleKind::up}) {
                    run_shuffle(kind, by, width, out.get(), given.get());
                    const std::vector<int32_t> got = out.numbers();
                    for (int lane = 0; lane < 32; ++lane) {
                        const int first = lane / width * width, last = first + width - 1;
                        int source = kind == ShuffleKind::index ? first + by % width : kind == ShuffleKind::exclusive_or ? (lane ^ by) : kind == ShuffleKind::down ? lane + by : lane - by;
                        if (kind != ShuffleKind::up && source > last) source = lane;
                        if (kind == ShuffleKind::up && source < first) source = lane;
                        ASSERT_EQ(got[size_t(lane)], in[size_t(source)]) << "lane " << lane << " kind " << int(kind) << " by " << by << " width " << width;
                    }
                }
            });
        }
    }
}

TEST(Primitives, votes_of_warps_and_blocks_count_everybody) {
    for (const int which : {0, 1, 2}) {  // nobody, some, all
        std::vector<int32_t> in(96);
        for (size_t i = 0; i < in.size(); ++i) in[i] = which == 2 || (which == 1 && i % 5 == 1);
        const Buffer<int32_t> given(in), block(3 * 96);
        const Buffer<uint32_t> warp(3 * 32);
        uint32_t ballot = 0;
        int32_t count = 0;
        for (size_t i = 0; i < 96; ++i) {
            count += in[i];
            if (i < 32 && in[i]) ballot |= 1u << i;
        }
        expect_clean([&] {
            run_votes(warp.get(), given.get());
            run_block_votes(block.get(), given.get());
            const std::vector<uint32_t> w = warp.numbers();
            const std::vector<int32_t> b = block.numbers();
            for (size_t i = 0; i < 32; ++i) {
                ASSERT_EQ(w[3 * i], ballot);
                ASSERT_EQ(w[3 * i + 1], ballot != 0);
                ASSERT_EQ(w[3 * i + 2], ballot == ~0u);
            }
            for (size_t i = 0; i < 96; ++i) {
                ASSERT_EQ(b[3 * i], count > 0);
                ASSERT_EQ(b[3 * i + 1], count == 96);
                ASSERT_EQ(b[3 * i + 2], count);
            }
        });
    }
}

TEST(Primitives, atomics_lose_nothing) {
    const std::vector<int32_t> in = some_integers(256, 4093);
    const Buffer<int32_t> given(in);
    int32_t sum = 0, most = 0, least = 1 << 30, any = 0, all = -1;
    for (const int32_t v : in) sum += v, most = std::max(most, v), least = std::min(least, v), any |= v, all &= v;
    expect_clean([&] {
        const Buffer<int32_t> out(std::vector<int32_t>{0, 0, 1 << 30, 0, -1, 0, 0});
        run_atomics(out.get(), given.get());
        const std::vector<int32_t> got = out.numbers();
        ASSERT_EQ(std::vector<int32_t>(got.begin(), got.begin() + 5), (std::vector<int32_t>{sum, most, least, any, all}));
        ASSERT_NE(std::find(in.begin(), in.end(), got[5]), in.end());
        ASSERT_EQ(got[6], 256);
    });
}

TEST(Primitives, cp_async_brings_what_it_says_and_zeros) {
    std::vector<uint8_t> in(16 * 200);
    for (size_t i = 0; i < in.size(); ++i) in[i] = uint8_t(i * 31 % 251);
    const Buffer<uint8_t> given(in);
    for (const int units : {1, 64, 200}) {
        for (const int source_bytes : {0, 6, 16}) {
            expect_clean([&] {
                const Buffer<uint8_t> out(size_t(units) * 16);
                run_cp_async(64, units, source_bytes, out.get(), given.get());
                const std::vector<uint8_t> got = out.numbers();
                for (size_t i = 0; i < got.size(); ++i) ASSERT_EQ(got[i], int(i % 16) < source_bytes ? in[i] : 0) << "byte " << i << " of " << units << " units";
            });
        }
    }
}

TEST(Primitives, ldmatrix_and_mma_multiply) {
    for (const int depth : {16, 80}) {
        const std::vector<uint16_t> a = some_bf16(size_t(16 * depth), 1), b = some_bf16(size_t(8 * depth), 5);
        const std::vector<float> wanted = product(a, b, 16, 8, depth);
        const Buffer<uint16_t> left(a), right(b);
        for (const bool k_major : {true, false}) {
            expect_clean([&] {
                const Buffer<float> d(128);
                run_mma(k_major, depth, d.get(), left.get(), right.get());
                ASSERT_EQ(d.numbers(), wanted) << "depth " << depth << (k_major ? " plain" : " trans");
            });
        }
    }
}

TEST(Primitives, wgmma_multiplies_in_every_layout) {
    for (const int depth : {16, 48}) {
        const std::vector<uint16_t> a = some_bf16(size_t(64 * depth), 3), b = some_bf16(size_t(64 * depth), 8);
        const std::vector<float> wanted = product(a, b, 64, 64, depth);
        const Buffer<uint16_t> left(a), right(b);
        for (const Layout layout : {Layout::none, Layout::bytes32, Layout::bytes64, Layout::bytes128}) {
            for (const bool mn_major : {false, true}) {
                for (const bool registers : {false, true}) {
                    // Three seeds: the twins in planted_test.cpp have the others.
                    for (const uint64_t seed : {0, 1, 2}) {
                        const Buffer<float> d(64 * 64);
                        const auto findings = run_with(checked(seed), [&] { run_wgmma(layout, mn_major, registers, depth, d.get(), left.get(), right.get()); });
                        ASSERT_TRUE(findings.empty()) << text_of(findings);
                        ASSERT_EQ(d.numbers(), wanted) << "layout " << int(layout) << (mn_major ? " mn" : " k") << "-major, registers " << registers << " depth " << depth;
                    }
                }
            }
        }
    }
}

TEST(Primitives, bulk_copies_and_mbarriers_make_a_ring) {
    for (const int stages : {1, 3, 8}) {
        std::vector<float> in(size_t(stages) * 256);
        for (size_t i = 0; i < in.size(); ++i) in[i] = float(i % 1000);
        const Buffer<float> given(in);
        expect_clean([&] {
            const Buffer<float> out(in.size());
            run_bulk_ring(stages, out.get(), given.get());
            const std::vector<float> got = out.numbers();
            for (size_t i = 0; i < got.size(); ++i) ASSERT_EQ(got[i], in[i] + 1) << i;
        });
    }
}

TEST(Primitives, intrinsics_are_near_and_never_quite_right) {
    std::vector<float> in;
    for (int i = 1; i <= 200; ++i) in.push_back(0.05f * float(i));
    const Buffer<float> given(in);
    std::vector<std::vector<float>> results;
    for (const uint64_t seed : {1, 2}) {
        const Buffer<float> out(in.size() * 8);
        const auto findings = run_with(checked(seed), [&] { run_arithmetic(out.get(), given.get(), int(in.size())); });
        ASSERT_TRUE(findings.empty()) << text_of(findings);
        results.push_back(out.numbers());
    }
    EXPECT_NE(results[0], results[1]) << "approximations differ from seed to seed";
    for (size_t i = 0; i < in.size(); ++i) {
        const double x = in[i];
        const double wanted[] = {std::exp(x), std::log(x), 1 / std::sqrt(x), std::sin(x), std::cos(x), 1 / x, x * x + 1};
        for (int k = 0; k < 7; ++k) {
            // a few ulp (2^-23 each) of the result, of 1 where sin, cos and log come near 0; __expf is off by 2 + |x| of them
            ASSERT_NEAR(results[0][8 * i + size_t(k)], wanted[k], 16 * 0x1p-23 * std::max(1.0, std::abs(wanted[k]))) << "number " << k << " of " << x;
        }
        ASSERT_EQ(results[0][8 * i + 7], float(uint32_t(in[i] * 1e6f) / 2)) << x;
    }
}

TEST(Primitives, loads_and_stores_of_every_size) {
    std::vector<uint8_t> in(2048);
    for (size_t i = 0; i < in.size(); ++i) in[i] = uint8_t(i * 37 % 253);
    const Buffer<uint8_t> given(in);
    expect_clean([&] {
        const Buffer<uint8_t> out(std::vector<uint8_t>(2048, 0));
        run_loads(out.get(), given.get());
        const std::vector<uint8_t> got = out.numbers();
        size_t from = 0;
        for (const size_t bytes : {2, 4, 8, 16}) {
            for (size_t i = 0; i < 32 * bytes; ++i) ASSERT_EQ(got[from + i], in[from + i]) << bytes << " bytes, byte " << i;
            from += 512;
        }
    });
}

}  // namespace

}  // namespace simt_tests
