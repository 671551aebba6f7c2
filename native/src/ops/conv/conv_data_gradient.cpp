// dX as a direct convolution over dy. Along an axis, with X read at `zoom` times its extent and S the stride, pixel i of dX meets output pixel o by tap r
// where S * o + r - pad = zoom * i + q for one of its q = 0 .. zoom - 1. So the pixels i = p + S * m of a phase p < S meet
//     o = zoom * m + (zoom * p + q + pad - r) / S     for those (q, r) that leave no remainder:
// a convolution of stride `zoom` whose taps are the offsets behind the plus; (q, r) that meet at one offset are added in the weights.
#include <algorithm>
#include <bit>

#include "base/error.h"
#include "ops/conv/conv_direct.h"
#include "ops/conv/conv_direct_pack.h"
#include "ops/conv/conv_gradient.cpu.h"
#include "ops/weights.h"

namespace lgv {

namespace {

constexpr int64_t floor_div(int64_t a, int64_t b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }

struct AxisPhase {
    int64_t out, extent;
    int64_t first;                           // offset of the first tap
    std::vector<std::vector<int64_t>> taps;  // the r of each offset; no taps: nothing reads these pixels
};

std::vector<AxisPhase> axis_phases(int64_t extent, int64_t zoom, int64_t stride, int64_t kernel, int64_t pad) {
    std::vector<AxisPhase> phases;
    for (int64_t p = 0; p < std::min(stride, extent); ++p) {
        const int64_t lowest = zoom * p + pad - (kernel - 1), highest = zoom * p + pad + zoom - 1;
        const int64_t first = floor_div(lowest + stride - 1, stride), last = floor_div(highest, stride);
        AxisPhase phase{.out = p, .extent = (extent - p + stride - 1) / stride, .first = first};
        for (int64_t offset = first; offset <= last; ++offset) {
            std::vector<int64_t>& rs = phase.taps.emplace_back();
            for (int64_t q = 0; q < zoom; ++q)
                if (const int64_t r = zoom * p + q + pad - offset * stride; r >= 0 && r < kernel) rs.push_back(r);
        }
        phases.push_back(std::move(phase));
    }
    return phases;
}

// Of the source whose channels begin at channel `first` of X.
std::shared_ptr<const DirectConv> plan_data_gradient(const Conv2d& of, const Shape& x, int64_t first, int64_t all_channels, const Shape& y,
                                                     Weights& weights, const DirectKernels& kernels) {
    const int64_t zoom = of.upsample ? 2 : 1, kernel_taps = int64_t(of.kernel) * of.kernel;
    auto plan = std::make_shared<DirectConv>();
    plan->kernels = &kernels;
    plan->rows = y.h, plan->columns = y.w, plan->channels = y.c;
    plan->out_rows = x.h, plan->out_columns = x.w, plan->out_channels = x.c;
    plan->stride = zoom;
    plan->step = of.stride;
    DirectPacking packing{.kernels = &kernels, .outputs = x.c, .inputs = y.c, .first = first * kernel_taps, .output_step = kernel_taps,
                          .input_step = all_channels * kernel_taps, .kernel_taps = kernel_taps, .scale = of.scale};
    for (const AxisPhase& v : axis_phases(x.h, zoom, of.stride, of.kernel, of.pad.top))
        for (const AxisPhase& h : axis_phases(x.w, zoom, of.stride, of.kernel, of.pad.left)) {
            DirectPhase phase;
            phase.out_y = v.out, phase.rows = v.extent, phase.y = v.first, phase.kernel_h = int64_t(v.taps.size());
            phase.out_x = h.out, phase.columns = h.extent, phase.x = h.first, phase.kernel_w = int64_t(h.taps.size());
            plan->phases.push_back(phase);
            DirectPacking::Phase& packed_phase = packing.phases.emplace_back();
            for (const std::vector<int64_t>& rs : v.taps)
                for (const std::vector<int64_t>& ss : h.taps) {
                    std::vector<int32_t>& sources = packed_phase.taps.emplace_back();
                    for (const int64_t r : rs)
                        for (const int64_t s : ss) sources.push_back(int32_t(r * of.kernel + s));
                }
        }
    finish_plan(*plan);
    packing.block_floats = plan->block_floats;
    for (size_t i = 0; i < plan->phases.size(); ++i) packing.phases[i].weights = plan->phases[i].weights;
    // The scale is part of the weights, not of the sum: the kernel's own would also scale what is added to.
    const std::string form = text("conv data gradient ", kernels.block, ", channels ", first, " to ", first + x.c, ", stride ", of.stride, ", zoom ", zoom,
                                  ", padding ", of.pad.top, " ", of.pad.left, ", ", std::min<int64_t>(of.stride, x.h), " x ",
                                  std::min<int64_t>(of.stride, x.w), " phases, scale ", std::bit_cast<uint32_t>(of.scale));
    plan->weights = packed(packing, of.weight, form, weights);
    return plan;
}

void run_one(const std::shared_ptr<const DirectConv>& plan, Value dy, Gradient dx, const CpuLaunch& launch) {
    if (plan) run_direct(*plan, {.x = dy, .residual = dx.add ? dx.value : Value{}}, dx.value, launch);
}

}  // namespace

CpuConv2dDataGradient lower(const Conv2dDataGradient& op, const Shapes& shapes, Weights& weights, Isa isa) {
    check_parameters(op.of, shapes, weights);
    const DirectKernels& kernels = isa == Isa::avx512 ? direct_avx512 : direct_avx2;
    const Shape x = shapes[op.of.x], y = shapes[op.dy];
    const int64_t channels = x.c + (op.of.x2 ? shapes[op.of.x2].c : 0);
    CpuConv2dDataGradient gradient{.op = op};
    if (op.dx) gradient.dx = plan_data_gradient(op.of, x, 0, channels, y, weights, kernels);
    if (op.dx2) gradient.dx2 = plan_data_gradient(op.of, shapes[op.of.x2], x.c, channels, y, weights, kernels);
    return gradient;
}

CpuNeeds needs(const CpuConv2dDataGradient& gradient) {
    const auto scratch = [](const std::shared_ptr<const DirectConv>& plan) { return plan ? plan->scratch_bytes() : 0; };
    return {.workspace_bytes = 0, .scratch_bytes = std::max(scratch(gradient.dx), scratch(gradient.dx2))};
}

std::string algorithm(const CpuConv2dDataGradient& gradient) {
    const DirectConv& plan = gradient.dx ? *gradient.dx : *gradient.dx2;
    return text(plan.step > 1 ? "direct by phase " : "direct ", name_of(plan.kernels == &direct_avx512 ? Isa::avx512 : Isa::avx2));
}

void run(const CpuConv2dDataGradient& gradient, const CpuLaunch& launch) {
    run_one(gradient.dx, gradient.op.dy, gradient.op.dx, launch);
    run_one(gradient.dx2, gradient.op.dy, gradient.op.dx2, launch);
}

}  // namespace lgv
