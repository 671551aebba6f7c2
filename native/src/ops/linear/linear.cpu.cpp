#include "ops/linear/linear.cpu.h"

#include <algorithm>

#include "base/error.h"
#include "ops/gemm/gemm.h"
#include "ops/weights.h"

namespace lgv {
namespace {

constexpr int64_t tasks_per_thread = 8;  // so that the last task of a round is short
constexpr int64_t rows_per_task = 112;   // 8 AVX-512 tiles

}  // namespace

CpuLinear lower(const Linear& op, Value out, const Shapes& shapes, Weights& weights, Isa isa) {
    const Shape& x = shapes[op.x];
    const int64_t k = op.out_channels;
    check_weight(op, x.c, weights);
    CpuLinear lowered{.op = op, .out = out, .kernels = &gemm_kernels(isa), .pixels = x.h * x.w, .in_channels = x.c, .isa = isa};
    const GemmKernels* kernels = lowered.kernels;
    lowered.panels = weights.packed(op.weight, text("gemm ", kernels->panel), packed_floats(*kernels, x.c, k),
                                    [kernels, c = x.c, k](std::span<const float> values, float* panels) {
                                        kernels->pack_transposed(values.data(), c, c, k, panels);
                                    });
    if (op.bias) lowered.bias = weights.plain(op.bias);
    return lowered;
}

CpuNeeds needs(const CpuLinear&) { return {}; }

std::string algorithm(const CpuLinear& op) { return text("gemm ", name_of(op.isa), " ", op.kernels->tile_rows, "x", op.kernels->panel); }

void run(const CpuLinear& op, const CpuLaunch& launch) {
    const int64_t n = op.op.out_channels;
    run_parts({.a = launch.at(op.op.x),
               .a_row = op.in_channels,
               .panels = op.panels,
               .c = launch.at(op.out),
               .c_row = n,
               .m = launch.rows * op.pixels,
               .n = n,
               .k = op.in_channels,
               .bias = op.bias,
               .residual = op.op.residual ? launch.at(op.op.residual) : nullptr,
               .residual_row = n,
               .act = op.op.act,
               .scale = op.op.scale},
              *op.kernels, launch.team);
}

void check_weight(const Linear& op, int64_t in_channels, const Weights& weights) {
    std::vector<int64_t> shape = weights.shape(op.weight);
    const int64_t k = op.out_channels;
    const std::string found = to_text(shape);
    while (shape.size() > 2 && shape.back() == 1) shape.pop_back();
    expect(shape == std::vector<int64_t>{k, in_channels}, Code::model, "linear: the weight is ", found, ", expected [", k, ", ", in_channels, "]");
    if (op.bias) {
        expect(weights.shape(op.bias) == std::vector<int64_t>{k}, Code::model, "linear: the bias is ", to_text(weights.shape(op.bias)), ", expected [", k, "]");
    }
}

void run_parts(const GemmCall& whole, const GemmKernels& kernels, ThreadTeam& team) {
    const int64_t panels = panel_count(kernels, whole.n);
    const int64_t bands = (whole.m + rows_per_task - 1) / rows_per_task;
    const int64_t wanted = team.threads() == 1 ? 1 : team.threads() * tasks_per_thread;
    const int64_t groups = std::clamp((wanted + bands - 1) / bands, int64_t{1}, panels);
    team.run(bands * groups, [&](int64_t task, int) {
        const Range rows = even_part(whole.m, bands, task / groups);
        const Range part = even_part(panels, groups, task % groups);
        const int64_t column = part.begin * kernels.panel;
        GemmCall call = whole;
        call.a += rows.begin * whole.a_row;
        call.panels += column * whole.k;
        call.c += rows.begin * whole.c_row + column;
        call.m = rows.size();
        call.n = std::min(part.end * kernels.panel, whole.n) - column;
        if (call.bias != nullptr) call.bias += column;
        if (call.residual != nullptr) call.residual += rows.begin * whole.residual_row + column;
        kernels.multiply(call);
    });
}

}  // namespace lgv
