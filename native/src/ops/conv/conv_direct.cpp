// The plan of a direct convolution: phases, packed weights, bands.
#include "ops/conv/conv_direct.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "ops/conv/conv_direct_pack.h"
#include "ops/weights.h"

namespace lgv {

namespace {

// What a band reads: with a chunk of weights and the partial sums it stays in a second-level cache of 1 MiB.
constexpr int64_t buffer_bytes_wished = 256 * 1024;

constexpr int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
constexpr int64_t floor_half(int64_t a) { return a >= 0 ? a / 2 : -((1 - a) / 2); }

struct PhaseAxis {
    int64_t out, extent, first, kernel;
};

// The output pixels of one parity, along one axis: up-pixel parity + r - pad is pixel floor((parity + r - pad) / 2).
PhaseAxis upsampled_axis(int64_t parity, int64_t out_extent, int64_t kernel, int64_t pad) {
    const int64_t first = floor_half(parity - pad);
    return {parity, (out_extent - parity + 1) / 2, first, floor_half(parity + kernel - 1 - pad) - first + 1};
}

std::vector<DirectPhase> phases_of(const Conv2d& op, const Shape& y, bool by_parity) {
    std::vector<DirectPhase> phases;
    const auto add = [&](PhaseAxis v, PhaseAxis h) {
        DirectPhase phase;
        phase.out_y = v.out, phase.rows = v.extent, phase.y = v.first, phase.kernel_h = v.kernel;
        phase.out_x = h.out, phase.columns = h.extent, phase.x = h.first, phase.kernel_w = h.kernel;
        if (v.extent > 0 && h.extent > 0) phases.push_back(phase);
    };
    if (!by_parity) {
        add({0, y.h, -op.pad.top, op.kernel}, {0, y.w, -op.pad.left, op.kernel});
        return phases;
    }
    for (int64_t py = 0; py < 2; ++py)
        for (int64_t px = 0; px < 2; ++px) add(upsampled_axis(py, y.h, op.kernel, op.pad.top), upsampled_axis(px, y.w, op.kernel, op.pad.left));
    return phases;
}

// Which taps of the kernel a phase's taps are: where they meet the same pixel, several.
DirectPacking packing_of(const Conv2d& op, const DirectConv& plan, bool by_parity) {
    const int64_t channels = plan.channels + plan.channels2, taps = int64_t(op.kernel) * op.kernel;
    DirectPacking packing{.kernels = plan.kernels, .outputs = op.out_channels, .inputs = channels, .output_step = channels * taps,
                          .input_step = taps, .kernel_taps = taps, .block_floats = plan.block_floats};
    for (const DirectPhase& phase : plan.phases) {
        DirectPacking::Phase& to = packing.phases.emplace_back();
        to.weights = phase.weights;
        to.taps.resize(size_t(phase.kernel_h * phase.kernel_w));
        for (int64_t r = 0; r < op.kernel; ++r)
            for (int64_t s = 0; s < op.kernel; ++s) {
                const int64_t to_r = by_parity ? floor_half(phase.out_y + r - op.pad.top) - phase.y : r;
                const int64_t to_s = by_parity ? floor_half(phase.out_x + s - op.pad.left) - phase.x : s;
                to.taps[size_t(to_r * phase.kernel_w + to_s)].push_back(int32_t(r * op.kernel + s));
            }
    }
    return packing;
}

const float* packed_weights(const DirectConv& plan, const Conv2d& op, const Shape& y, Weights& weights) {
    const bool by_parity = plan.step == 2;
    std::string form = text("conv direct ", plan.kernels->block);
    if (by_parity)
        form += text(" upsampled, padding ", op.pad.top, " ", op.pad.left, ", ", std::min<int64_t>(y.h, 2), " x ", std::min<int64_t>(y.w, 2), " phases");
    return packed(packing_of(op, plan, by_parity), op.weight, form, weights);
}

const float* packed_bias(const Conv2d& op, int64_t block, Weights& weights) {
    if (!op.bias) return nullptr;
    return weights.packed(op.bias, text("conv bias ", block), ceil_div(op.out_channels, block) * block,
                          [](std::span<const float> values, float* out) { std::copy(values.begin(), values.end(), out); });
}

// Columns, bands and the layout of the buffer.
void plan_buffer(DirectConv& plan) {
    int64_t phase_rows = 0, phase_columns = 0, tap_rows = 0;
    plan.first_column = plan.phases[0].x;
    for (const DirectPhase& phase : plan.phases) plan.first_column = std::min(plan.first_column, phase.x);
    int64_t last_column = plan.first_column;  // of at least one, for phases without taps
    for (const DirectPhase& phase : plan.phases) {
        phase_rows = std::max(phase_rows, phase.rows);
        phase_columns = std::max(phase_columns, phase.columns);
        tap_rows = std::max(tap_rows, phase.y + phase.kernel_h - plan.phases[0].y);
        last_column = std::max(last_column, (phase.columns - 1) * plan.stride + phase.x + phase.kernel_w - 1);
    }
    plan.buffer_columns = last_column - plan.first_column + 1;
    plan.columns_per_phase = ceil_div(plan.buffer_columns, plan.stride);
    for (DirectPhase& phase : plan.phases)
        for (int64_t s = 0; s < phase.kernel_w; ++s) {
            const int64_t at = phase.x - plan.first_column + s;
            phase.taps.push_back((at % plan.stride * plan.columns_per_phase + at / plan.stride) * direct_channels);
        }

    plan.row_step = plan.stride * plan.columns_per_phase * direct_channels;
    const int64_t blocks = ceil_div(plan.channels + plan.channels2, direct_channels);
    const int64_t row_bytes = plan.row_step * blocks * int64_t(sizeof(float));
    const int64_t rows_wished = (buffer_bytes_wished / row_bytes - tap_rows) / plan.stride + 1;
    plan.bands = ceil_div(phase_rows, std::clamp<int64_t>(rows_wished, 1, phase_rows));
    plan.band_rows = ceil_div(phase_rows, plan.bands);
    plan.bands = ceil_div(phase_rows, plan.band_rows);
    const int64_t buffer_rows = std::min(plan.rows, (plan.band_rows - 1) * plan.stride + tap_rows);
    // An odd number of cache lines between channel blocks: the blocks of a pixel, which are copied together, lie in different sets of the cache.
    plan.block_step = (buffer_rows * plan.row_step / direct_channels | 1) * direct_channels;
    plan.buffer_floats = blocks * plan.block_step;
    plan.partial_floats = plan.band_rows * phase_columns * plan.kernels->block;
}

}  // namespace

void finish_plan(DirectConv& plan) {
    for (DirectPhase& phase : plan.phases) {
        phase.weights = plan.block_floats;
        plan.block_floats += (plan.channels + plan.channels2) * phase.kernel_h * phase.kernel_w * plan.kernels->block;
    }
    plan_buffer(plan);
}

DirectConv plan_direct(const Conv2d& op, Value out, const Shapes& shapes, Weights& weights, const DirectKernels& kernels) {
    check_parameters(op, shapes, weights);
    const Shape x = shapes[op.x], y = shapes[out];
    const bool by_parity = op.upsample && op.stride == 1;
    DirectConv plan;
    plan.kernels = &kernels;
    plan.zoom_shift = op.upsample && !by_parity ? 1 : 0;
    plan.rows = x.h << plan.zoom_shift;
    plan.columns = x.w << plan.zoom_shift;
    plan.channels = x.c;
    plan.channels2 = op.x2 ? shapes[op.x2].c : 0;
    plan.out_rows = y.h;
    plan.out_columns = y.w;
    plan.out_channels = y.c;
    plan.stride = op.stride;
    plan.step = by_parity ? 2 : 1;
    plan.phases = phases_of(op, y, by_parity);
    finish_plan(plan);
    plan.weights = packed_weights(plan, op, y, weights);
    plan.bias = packed_bias(op, kernels.block, weights);
    return plan;
}

}  // namespace lgv
