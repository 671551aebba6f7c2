#include "ops/linear/linear_gradient.cpu.h"

#include <algorithm>

#include "base/error.h"
#include "ops/gemm/gemm.h"
#include "ops/linear/linear.cpu.h"
#include "ops/linear/linear_gradient_kernels.h"
#include "ops/weights.h"

namespace lgv {

extern const LinearGradientKernels linear_gradient_avx512;
extern const LinearGradientKernels linear_gradient_avx2;

namespace {

constexpr int64_t tasks_per_thread = 8;  // so that the last task of a round is short
constexpr int64_t task_side = 256;       // most rows or columns of dw in a task: 256 pixels of both sides are then 512 KiB
constexpr int64_t bias_columns = 256;    // of a task

void expect_no_activation(const Linear& op) {
    expect(op.act == Activation::none, Code::model, "linear gradient: the activation ", name_of(op.act), " must be differentiated on its own");
}

}  // namespace

CpuLinearDataGradient lower(const LinearDataGradient& op, const Shapes& shapes, Weights& weights, Isa isa) {
    const Shape& x = shapes[op.of.x];
    expect_no_activation(op.of);
    check_weight(op.of, x.c, weights);
    CpuLinearDataGradient lowered{.op = op, .kernels = &gemm_kernels(isa), .pixels = x.h * x.w, .in_channels = x.c, .isa = isa};
    // The scale is in the panels: the product's own would also multiply the derivative that it is added to.
    const GemmKernels* kernels = lowered.kernels;
    const std::string form = text("gemm rows ", kernels->panel, op.of.scale != 1 ? text(", times ", op.of.scale) : "");
    lowered.panels = weights.packed(op.of.weight, form, packed_floats(*kernels, op.of.out_channels, x.c),
                                    [kernels, c = x.c, k = int64_t{op.of.out_channels}, scale = op.of.scale](std::span<const float> values, float* panels) {
                                        kernels->pack(values.data(), c, k, c, panels);
                                        if (scale == 1) return;
                                        for (int64_t i = 0; i < packed_floats(*kernels, k, c); ++i) panels[i] *= scale;
                                    });
    return lowered;
}

CpuLinearWeightGradient lower(const LinearWeightGradient& op, const Shapes& shapes, Weights& weights, Isa isa) {
    const Shape& x = shapes[op.of.x];
    expect_no_activation(op.of);
    check_weight(op.of, x.c, weights);
    return {.op = op, .kernels = isa == Isa::avx512 ? &linear_gradient_avx512 : &linear_gradient_avx2, .pixels = x.h * x.w, .in_channels = x.c, .isa = isa};
}

CpuNeeds needs(const CpuLinearDataGradient&) { return {}; }
CpuNeeds needs(const CpuLinearWeightGradient&) { return {}; }

std::string algorithm(const CpuLinearDataGradient& op) { return text("gemm ", name_of(op.isa), " ", op.kernels->tile_rows, "x", op.kernels->panel); }
std::string algorithm(const CpuLinearWeightGradient& op) {
    return text("outer products ", name_of(op.isa), " ", op.kernels->tile_rows, "x", op.kernels->tile_columns);
}

void run(const CpuLinearDataGradient& op, const CpuLaunch& launch) {
    const int64_t c = op.in_channels, k = op.op.of.out_channels;
    float* dx = launch.at(op.op.dx.value);
    run_parts({.a = launch.at(op.op.dy),
               .a_row = k,
               .panels = op.panels,
               .c = dx,
               .c_row = c,
               .m = launch.rows * op.pixels,
               .n = c,
               .k = k,
               .residual = op.op.dx.add ? dx : nullptr,
               .residual_row = c},
              *op.kernels, launch.team);
}

void run(const CpuLinearWeightGradient& op, const CpuLaunch& launch) {
    const LinearGradientKernels& kernels = *op.kernels;
    const Linear& of = op.op.of;
    const int64_t m = launch.rows * op.pixels, k = of.out_channels, c = op.in_channels;
    const float *x = launch.at(of.x), *dy = launch.at(op.op.dy);
    float* dw = launch.gradient_at(of.weight);
    float* dbias = of.bias ? launch.gradient_at(of.bias) : nullptr;
    // dw is cut into tasks, never M: all pixels of an element are one task's, in an order that M alone fixes.
    const int64_t panels = (c + kernels.tile_columns - 1) / kernels.tile_columns, tiles = (k + kernels.tile_rows - 1) / kernels.tile_rows;
    const int64_t wanted = launch.team.threads() == 1 ? 1 : launch.team.threads() * tasks_per_thread;
    const int64_t columns = (c + task_side - 1) / task_side;
    const int64_t rows = std::min(std::max((k + task_side - 1) / task_side, (wanted + columns - 1) / columns), tiles);
    const int64_t groups = std::min(std::max(columns, (wanted + rows - 1) / rows), panels);
    const int64_t bias_tasks = dbias != nullptr ? (k + bias_columns - 1) / bias_columns : 0;
    launch.team.run(rows * groups + bias_tasks, [&](int64_t task, int) {
        if (task >= rows * groups) {
            const int64_t begin = (task - rows * groups) * bias_columns;
            return kernels.add_rows(dy + begin, k, m, std::min(bias_columns, k - begin), of.scale, dbias + begin);
        }
        const Range tile = even_part(tiles, rows, task / groups), panel = even_part(panels, groups, task % groups);
        const Range outputs = {even_part(k, tiles, tile.begin).begin, even_part(k, tiles, tile.end).begin};
        const Range inputs = {panel.begin * kernels.tile_columns, std::min(panel.end * kernels.tile_columns, c)};
        kernels.add_outer({.dy = dy + outputs.begin,
                           .dy_row = k,
                           .x = x + inputs.begin,
                           .x_row = c,
                           .m = m,
                           .k = outputs.size(),
                           .c = inputs.size(),
                           .scale = of.scale,
                           .dw = dw + outputs.begin * c + inputs.begin,
                           .dw_row = c});
    });
}

}  // namespace lgv
