// What the main loops of the kernels ask of memory, counted by the emulator: no bank conflict above 2-way, and 9 of 10 bytes of every sector that is read are used.
//
//     lgv_simt_tests --gtest_filter='CudaCounters*'     prints the table of docs/gpu.md
#ifdef LANGEVIN_SIMT

#include <algorithm>
#include <cstdio>

#include "base/error.h"
#include "ops/attention/attention.cuda.h"
#include "ops/conv/conv.cuda.h"
#include "ops/linear/linear.cuda.h"
#include "simt/emulator.h"
#include "tests/cuda/cuda_bench.h"

namespace lgv::testing {
namespace {

// The worst place of the loop: passes over the banks for each that the bytes need, and the share of the sectors' bytes that is used.
struct Loop {
    double conflict = 1, use = 1;
    std::string conflict_at = "-", use_at = "-";
};

// The loop is where most requests are made; what stands before it and behind it is made less than a quarter as often, once the sums are long.
Loop loop_of(const simt::KernelCounters& kernel) {
    Loop loop;
    for (const bool shared : {true, false}) {
        uint64_t most = 0;
        const auto counts = [&](const simt::LineCounter& line) { return line.shared == shared && (shared || std::string(line.access) == "read"); };
        for (const simt::LineCounter& line : kernel.lines) {
            if (counts(line)) most = std::max(most, line.requests);
        }
        for (const simt::LineCounter& line : kernel.lines) {
            if (!counts(line) || line.requests * 4 < most) continue;
            if (shared && line.excess() > loop.conflict) loop.conflict = line.excess(), loop.conflict_at = line.place;
            if (!shared && 1 / line.excess() < loop.use) loop.use = 1 / line.excess(), loop.use_at = line.place;
        }
    }
    return loop;
}

template <class Op>
void expect_frugal(const char* kernel, const std::string& shape, const Bench& bench, const Op& op, const CudaRun& how = CudaRun::of(CudaType::bf16)) {
    SCOPED_TRACE(::testing::Message() << kernel << ", " << shape);
    simt::take_counters();
    simt::config().count = true;
    CudaBench(bench, op, how).run_pictures({1});
    simt::config().count = false;
    const std::vector<simt::KernelCounters> all = simt::take_counters();
    const auto found = std::find_if(all.begin(), all.end(), [&](const simt::KernelCounters& c) { return c.kernel.find(kernel) != std::string::npos; });
    ASSERT_NE(found, all.end()) << "another kernel ran";
    const Loop loop = loop_of(*found);
    std::printf("| `%s` | %s | %.2f | %.0f %% |\n", kernel, shape.c_str(), loop.conflict, 100 * loop.use);
    EXPECT_LE(loop.conflict, 2) << loop.conflict_at << "\n" << report(*found);
    EXPECT_GE(loop.use, 0.9) << loop.use_at << "\n" << report(*found);
}

Conv2d convolution(Bench& bench, const Shape& x, int32_t outputs, int32_t stride = 1) {
    return {.x = bench.value(x), .weight = bench.parameter({outputs, x.c, 3, 3}, 0.05f), .bias = bench.parameter({outputs}), .out_channels = outputs, .kernel = 3, .stride = stride,
            .pad = Padding::all(1)};
}

TEST(CudaCounters, convolutions_read_whole_sectors_without_conflicts) {
    Bench bench;
    expect_frugal("conv_forward_patches", "16 x 16 x 64 to 128, 3 x 3", bench, convolution(bench, {1, 16, 16, 64}, 128));
    expect_frugal("conv_forward_tiles", "16 x 16 x 64 to 64, 3 x 3, stride 2", bench, convolution(bench, {1, 16, 16, 64}, 64, 2));
    expect_frugal("conv_forward_few_outputs", "16 x 16 x 128 to 3, 3 x 3", bench, convolution(bench, {1, 16, 16, 128}, 3), {CudaType::bf16, CudaType::bf16, CudaType::f32, {}});
}

TEST(CudaCounters, linear_layers_read_whole_sectors_without_conflicts) {
    Bench bench;
    const auto linear = [&](int64_t pixels, int64_t c, int32_t k) {
        return Linear{.x = bench.value({1, pixels, 1, c}), .weight = bench.parameter({k, c}, 0.05f), .bias = bench.parameter({k}), .out_channels = k};
    };
    expect_frugal("linear_forward_mma", "256 pixels, 512 to 128", bench, linear(256, 512, 128));
    expect_frugal("linear_forward_rows", "1 pixel, 512 to 64", bench, linear(1, 512, 64));
}

TEST(CudaCounters, attention_reads_whole_sectors_without_conflicts) {
    Bench bench;
    for (const auto& [pixels, head] : {std::pair{256, 64}, {128, 128}, {128, 256}, {64, 512}}) {
        const Shape image{1, pixels, 1, head};
        expect_frugal("attention_forward_mma", text(pixels, " pixels, a head of ", head), bench, Attention{.q = bench.value(image), .k = bench.value(image), .v = bench.value(image), .heads = 1});
    }
}

}  // namespace
}  // namespace lgv::testing

#endif
