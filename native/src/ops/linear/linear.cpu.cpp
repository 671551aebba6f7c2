#include "ops/linear/linear.cpu.h"

#include <algorithm>

#include "base/error.h"
#include "ops/gemm/gemm.h"
#include "ops/weights.h"

namespace lgv {
namespace {

// A weight is [K, C], or [K, C, 1, 1] where a checkpoint writes it as a 1x1 convolution.
void check_weight(std::vector<int64_t> shape, int64_t k, int64_t c) {
    const std::string found = to_text(shape);
    while (shape.size() > 2 && shape.back() == 1) shape.pop_back();
    expect(shape == std::vector<int64_t>{k, c}, Code::model, "linear: the weight is ", found, ", expected [", k, ", ", c, "]");
}

constexpr int64_t tasks_per_thread = 8;  // so that the last task of a round is short
constexpr int64_t rows_per_task = 112;   // 8 AVX-512 tiles

}  // namespace

CpuLinear lower(const Linear& op, Value out, const Shapes& shapes, Weights& weights, Isa isa) {
    const Shape& x = shapes[op.x];
    const int64_t k = op.out_channels;
    check_weight(weights.shape(op.weight), k, x.c);
    if (op.bias) {
        expect(weights.shape(op.bias) == std::vector<int64_t>{k}, Code::model, "linear: the bias is ", to_text(weights.shape(op.bias)), ", expected [", k, "]");
    }
    CpuLinear lowered{.op = op, .out = out, .kernels = &gemm_kernels(isa), .pixels = x.h * x.w, .in_channels = x.c, .isa = isa};
    const GemmKernels& kernels = *lowered.kernels;
    lowered.panels = weights.packed(op.weight, text("gemm ", kernels.panel), packed_floats(kernels, x.c, k), [&](std::span<const float> values, float* panels) {
        kernels.pack_transposed(values.data(), x.c, x.c, k, panels);
    });
    if (op.bias) lowered.bias = weights.plain(op.bias);
    return lowered;
}

CpuNeeds needs(const CpuLinear&) { return {}; }

std::string algorithm(const CpuLinear& op) { return text("gemm ", name_of(op.isa), " ", op.kernels->tile_rows, "x", op.kernels->panel); }

void run(const CpuLinear& op, const CpuLaunch& launch) {
    const GemmKernels& kernels = *op.kernels;
    const int64_t m = launch.rows * op.pixels, n = op.op.out_channels, c = op.in_channels;
    const int64_t panels = panel_count(kernels, n);
    const int64_t threads = launch.team.threads();
    // Bands of rows, and groups of panels where the bands are too few for the threads. No bit depends on the cut (gemm.h).
    const int64_t bands = (m + rows_per_task - 1) / rows_per_task;
    const int64_t wanted = threads == 1 ? 1 : threads * tasks_per_thread;
    const int64_t groups = std::clamp((wanted + bands - 1) / bands, int64_t{1}, panels);
    const float* x = launch.at(op.op.x);
    const float* residual = op.op.residual ? launch.at(op.op.residual) : nullptr;
    float* y = launch.at(op.out);
    launch.team.run(bands * groups, [&](int64_t task, int) {
        const Range rows = even_part(m, bands, task / groups);
        const Range part = even_part(panels, groups, task % groups);
        const int64_t column = part.begin * kernels.panel;
        const int64_t columns = std::min(part.end * kernels.panel, n) - column;
        kernels.multiply({.a = x + rows.begin * c,
                          .a_row = c,
                          .panels = op.panels + column * c,
                          .c = y + rows.begin * n + column,
                          .c_row = n,
                          .m = rows.size(),
                          .n = columns,
                          .k = c,
                          .bias = op.bias != nullptr ? op.bias + column : nullptr,
                          .residual = residual != nullptr ? residual + rows.begin * n + column : nullptr,
                          .residual_row = n,
                          .act = op.op.act,
                          .scale = op.op.scale});
    });
}

}  // namespace lgv
