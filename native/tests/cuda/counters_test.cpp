// What the main loops of the kernels ask of memory, counted by the emulator: no bank conflict, and 9 of 10 bytes of every sector that is read are used.
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

using Counted = simt::KernelCounters;

template <class Op>
Counted count(const char* kernel, const Bench& bench, const Op& op, const CudaRun& how) {
    simt::take_counters();
    simt::config().count = true;
    CudaBench(bench, op, how).run_pictures({1});
    simt::config().count = false;
    for (Counted& counted : simt::take_counters()) {
        if (counted.kernel.find(kernel) != std::string::npos) return counted;
    }
    ADD_FAILURE() << "another kernel ran";
    return {};
}

double requests_of_a_block(const Counted& kernel, const simt::LineCounter& like) {
    uint64_t requests = 0;
    for (const simt::LineCounter& line : kernel.lines) {
        if (line.place == like.place && line.shared == like.shared && std::string(line.access) == like.access) requests += line.requests;
    }
    return double(requests) / double(kernel.blocks);
}

// What a block asks for more often where the sums are longer is its loop; what stands before and behind it is asked for as often.
void expect_frugal(const char* kernel, const std::string& shape, const Counted& shorter, const Counted& longer) {
    double conflict = 1, use = 1;
    int places = 0;
    for (const simt::LineCounter& line : longer.lines) {
        if (requests_of_a_block(longer, line) < 1.2 * requests_of_a_block(shorter, line)) continue;
        ++places;
        if (line.shared) conflict = std::max(conflict, line.excess());
        else if (std::string(line.access) == "read") use = std::min(use, 1 / line.excess());
    }
    std::printf("| `%s` | %s | %d | %.2f | %.0f %% |\n", kernel, shape.c_str(), places, conflict, 100 * use);
    EXPECT_GE(places, 2) << "the loop loads both operands at least";
    EXPECT_EQ(conflict, 1) << kernel << ", " << shape << "\n" << report(longer);
    EXPECT_GE(use, 0.9) << kernel << ", " << shape << "\n" << report(longer);
}

// `make(bench, length)`: the op whose sums are that long. Counted at this length and at half of it.
template <class Make>
void expect_frugal(const char* kernel, const std::string& shape, int length, const Make& make, const CudaRun& how = CudaRun::of(CudaType::bf16)) {
    SCOPED_TRACE(::testing::Message() << kernel << ", " << shape);
    const auto counted = [&](int of) {
        Bench bench;
        const auto op = make(bench, of);
        return count(kernel, bench, op, how);
    };
    expect_frugal(kernel, shape, counted(length / 2), counted(length));
}

auto convolution(int64_t side, int32_t outputs, int32_t stride = 1) {
    return [=](Bench& bench, int channels) {
        return Conv2d{.x = bench.value({1, side, side, channels}), .weight = bench.parameter({outputs, channels, 3, 3}, 0.05f), .bias = bench.parameter({outputs}), .out_channels = outputs,
                      .stride = stride};
    };
}

auto linear(int64_t pixels, int32_t outputs) {
    return [=](Bench& bench, int channels) {
        return Linear{.x = bench.value({1, pixels, 1, channels}), .weight = bench.parameter({outputs, channels}, 0.05f), .bias = bench.parameter({outputs}), .out_channels = outputs};
    };
}

TEST(CudaCounters, convolutions_read_whole_sectors_without_conflicts) {
    expect_frugal("conv_forward_patches", "16 x 16 x 128 to 128, 3 x 3", 128, convolution(16, 128));
    expect_frugal("conv_forward_tiles", "64 x 64 x 64 to 64, 3 x 3, stride 2", 64, convolution(64, 64, 2));
    expect_frugal("conv_forward_few_outputs", "16 x 16 x 128 to 3, 3 x 3", 128, convolution(16, 3), {CudaType::bf16, CudaType::bf16, CudaType::f32, {}});
}

TEST(CudaCounters, linear_layers_read_whole_sectors_without_conflicts) {
    expect_frugal("linear_forward_mma", "256 pixels, 512 to 128", 512, linear(256, 128));
    expect_frugal("linear_forward_rows", "1 pixel, 4096 to 16", 4096, linear(1, 16));
}

TEST(CudaCounters, attention_reads_whole_sectors_without_conflicts) {
    for (const auto& [pixels, head] : {std::pair{256, 64}, {256, 80}, {256, 128}, {128, 256}, {64, 512}}) {
        expect_frugal("attention_forward_mma", text(pixels, " pixels, a head of ", head), pixels, [head = head](Bench& bench, int length) {
            const Shape image{1, length, 1, head};
            return Attention{.q = bench.value(image), .k = bench.value(image), .v = bench.value(image), .heads = 1};
        });
    }
}

}  // namespace
}  // namespace lgv::testing

#endif
