#include "ops/conv/conv_direct.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "ops/weights.h"

namespace lgv {

namespace {

constexpr int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
constexpr int64_t floor_half(int64_t a) { return a >= 0 ? a / 2 : -((1 - a) / 2); }

// What a band reads should leave room in a 1 MiB second-level cache for a block of weights.
constexpr int64_t buffer_bytes_wished = 256 * 1024;
// A group of output channels whose weights are read again for the next few pixels should stay there too.
constexpr int64_t group_bytes_wished = 512 * 1024;
constexpr int64_t few_pixels = 64;
constexpr int64_t tasks_for_each_thread = 4;

// The taps of the original kernel, along one axis, that fall on tap `t` of a phase: r with floor((parity + r - pad) / 2) == first + t.
bool falls_on(int64_t r, int64_t parity, int64_t pad, int64_t first, int64_t t) { return floor_half(parity + r - pad) == first + t; }

struct PhaseAxis {
    int64_t out, extent, first, kernel;
};

// One parity of the output along one axis.
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

// [output block][channel block][r][s][channel][block], 0 beyond the last output channel.
void pack_weights(const Conv2d& op, const DirectPhase& phase, bool by_parity, int64_t channels, int64_t block, std::span<const float> values,
                  float* out) {
    const int64_t kernel = op.kernel;
    const auto original = [&](int64_t k, int64_t c, int64_t r, int64_t s) { return double(values[size_t(((k * channels + c) * kernel + r) * kernel + s)]); };
    for (int64_t k0 = 0; k0 < op.out_channels; k0 += block)
        for (int64_t c0 = 0; c0 < channels; c0 += direct_channels)
            for (int64_t r = 0; r < phase.kernel_h; ++r)
                for (int64_t s = 0; s < phase.kernel_w; ++s)
                    for (int64_t c = c0; c < std::min(c0 + direct_channels, channels); ++c)
                        for (int64_t k = k0; k < k0 + block; ++k, ++out) {
                            if (k >= op.out_channels) {
                                *out = 0;
                            } else if (!by_parity) {
                                *out = float(original(k, c, r, s));
                            } else {
                                double sum = 0;
                                for (int64_t r1 = 0; r1 < kernel; ++r1)
                                    for (int64_t s1 = 0; s1 < kernel; ++s1)
                                        if (falls_on(r1, phase.out_y, op.pad.top, phase.y, r) && falls_on(s1, phase.out_x, op.pad.left, phase.x, s))
                                            sum += original(k, c, r1, s1);
                                *out = float(sum);
                            }
                        }
}

const float* packed_weights(const Conv2d& op, const DirectPhase& phase, bool by_parity, int64_t channels, int64_t block, Weights& weights) {
    const int64_t floats = ceil_div(op.out_channels, block) * block * channels * phase.kernel_h * phase.kernel_w;
    const std::string form = by_parity ? text("conv direct ", block, ", upsampled, padding ", op.pad.top, " ", op.pad.left, ", parity ", phase.out_y, " ",
                                              phase.out_x)
                                       : text("conv direct ", block);
    return weights.packed(op.weight, form, floats,
                          [&](std::span<const float> values, float* out) { pack_weights(op, phase, by_parity, channels, block, values, out); });
}

// Without a bias, zeros: packed like one, under the weight's name.
const float* packed_bias(const Conv2d& op, int64_t block, Weights& weights) {
    const int64_t floats = ceil_div(op.out_channels, block) * block;
    return weights.packed(op.bias ? op.bias : op.weight, text("conv direct bias ", block), floats, [&](std::span<const float> values, float* out) {
        std::fill(out, out + floats, 0.0f);
        if (op.bias) std::copy(values.begin(), values.end(), out);
    });
}

}  // namespace

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
    plan.bias = packed_bias(op, kernels.block, weights);
    const int64_t channels = plan.channels + plan.channels2;

    int64_t phase_rows = 0, last_column = 0, tap_rows = 0;
    plan.first_column = plan.phases[0].x;
    for (DirectPhase& phase : plan.phases) {
        phase.weights = packed_weights(op, phase, by_parity, channels, kernels.block, weights);
        phase_rows = std::max(phase_rows, phase.rows);
        tap_rows = std::max(tap_rows, phase.y + phase.kernel_h - plan.phases[0].y);
        plan.first_column = std::min(plan.first_column, phase.x);
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
    const int64_t blocks = ceil_div(channels, direct_channels), row_bytes = plan.row_step * blocks * int64_t(sizeof(float));
    const int64_t rows_wished = (buffer_bytes_wished / row_bytes - tap_rows) / plan.stride + 1;
    plan.bands = ceil_div(phase_rows, std::clamp<int64_t>(rows_wished, 1, phase_rows));
    plan.band_rows = ceil_div(phase_rows, plan.bands);
    plan.bands = ceil_div(phase_rows, plan.band_rows);
    const int64_t buffer_rows = std::min(plan.rows, (plan.band_rows - 1) * plan.stride + tap_rows);
    plan.block_step = buffer_rows * plan.row_step;
    plan.buffer_floats = blocks * plan.block_step;
    return plan;
}

namespace {

struct Band {
    int64_t image;
    int64_t first, last;              // rows of the phases
    int64_t first_source, last_source;  // rows of the image in the buffer
};

Band band_of(const DirectConv& plan, int64_t image, int64_t band) {
    Band b{.image = image, .first = band * plan.band_rows, .last = 0, .first_source = plan.rows, .last_source = 0};
    b.last = b.first + plan.band_rows;
    for (const DirectPhase& phase : plan.phases) {
        const int64_t last = std::min(b.last, phase.rows);
        if (b.first >= last) continue;
        b.first_source = std::min(b.first_source, b.first * plan.stride + phase.y);
        b.last_source = std::max(b.last_source, (last - 1) * plan.stride + phase.y + phase.kernel_h);
    }
    b.first_source = std::clamp<int64_t>(b.first_source, 0, plan.rows);
    b.last_source = std::clamp(b.last_source, b.first_source, plan.rows);
    return b;
}

void copy_band(const DirectConv& plan, const Conv2d& op, const Band& band, const CpuLaunch& launch, float* buffer) {
    const int64_t pixels = (plan.rows >> plan.zoom_shift) * (plan.columns >> plan.zoom_shift);
    plan.kernels->copy({
        .x = launch.at(op.x) + band.image * pixels * plan.channels,
        .x2 = op.x2 ? launch.at(op.x2) + band.image * pixels * plan.channels2 : nullptr,
        .channels = plan.channels,
        .channels2 = plan.channels2,
        .width = plan.columns >> plan.zoom_shift,
        .zoom_shift = plan.zoom_shift,
        .first_row = band.first_source,
        .rows = band.last_source - band.first_source,
        .first_column = plan.first_column,
        .columns = plan.buffer_columns,
        .image_columns = plan.columns,
        .stride = plan.stride,
        .columns_per_phase = plan.columns_per_phase,
        .buffer = buffer,
        .block_step = plan.block_step,
        .row_step = plan.row_step,
    });
}

}  // namespace

void run_direct(const DirectConv& plan, const Conv2d& op, Value out, const CpuLaunch& launch) {
    const DirectKernels& kernels = *plan.kernels;
    const int64_t channels = plan.channels + plan.channels2, block = kernels.block, blocks = ceil_div(plan.out_channels, block);
    const int64_t vector = block / 2;
    const int64_t bands = launch.rows * plan.bands;

    // Output channels in groups: as many as keep every thread busy, and, where a band has few pixels, as many as keep a group's weights in the
    // cache while one image after the other meets them (groups are the slowest index).
    int64_t groups = ceil_div(tasks_for_each_thread * launch.team.threads(), bands);
    if (plan.band_rows * plan.phases[0].columns <= few_pixels) {
        const int64_t block_bytes = block * channels * plan.phases[0].kernel_h * plan.phases[0].kernel_w * int64_t(sizeof(float));
        groups = std::max(groups, ceil_div(blocks * block_bytes, group_bytes_wished));
    }
    groups = std::clamp<int64_t>(groups, 1, blocks);

    float* const y = launch.at(out);
    const float* const residual = op.residual ? launch.at(op.residual) : nullptr;
    const float* const time = op.time ? launch.at(op.time) : nullptr;

    launch.team.run(groups * bands, [&](int64_t task, int thread) {
        const int64_t group = task / bands, image = task % bands / plan.bands;
        float* const buffer = launch.scratch_of<float>(thread);
        const Band band = band_of(plan, image, task % plan.bands);
        copy_band(plan, op, band, launch, buffer);

        for (int64_t b = group * blocks / groups; b < (group + 1) * blocks / groups; ++b) {
            const int64_t k = b * block, lanes = std::min(block, plan.out_channels - k);
            const auto& tiles = kernels.tile[lanes > vector ? 1 : 0];
            for (const DirectPhase& phase : plan.phases) {
                const int64_t phase_block = block * channels * phase.kernel_h * phase.kernel_w;
                const int64_t tiles_in_row = ceil_div(phase.columns, kernels.pixels);
                for (int64_t i = band.first; i < std::min(band.last, phase.rows); ++i) {
                    const int64_t row = i * plan.stride + phase.y;  // read by tap r = 0
                    const int64_t first_tap = std::clamp<int64_t>(-row, 0, phase.kernel_h);
                    const int64_t last_tap = std::clamp<int64_t>(plan.rows - row, first_tap, phase.kernel_h);
                    const float* const in = buffer + (first_tap < last_tap ? row + first_tap - band.first_source : 0) * plan.row_step;
                    for (int64_t tile = 0; tile < tiles_in_row; ++tile) {
                        const int64_t j = tile * phase.columns / tiles_in_row, pixels = (tile + 1) * phase.columns / tiles_in_row - j;
                        const int64_t column = j * plan.stride + phase.x;
                        const int64_t pixel = (image * plan.out_rows + phase.out_y + plan.step * i) * plan.out_columns + phase.out_x + plan.step * j;
                        tiles[pixels - 1]({
                            .in = in + j * direct_channels,
                            .weights = phase.weights + b * phase_block,
                            .channels = channels,
                            .block_step = plan.block_step,
                            .row_step = plan.row_step,
                            .taps = phase.taps.data(),
                            .kernel_h = phase.kernel_h,
                            .kernel_w = phase.kernel_w,
                            .first_tap = first_tap,
                            .last_tap = last_tap,
                            .column = column,
                            .last_column = column + (pixels - 1) * plan.stride,
                            .image_columns = plan.columns,
                            .out = y + pixel * plan.out_channels + k,
                            .residual = residual ? residual + pixel * plan.out_channels + k : nullptr,
                            .pixel_step = plan.step * plan.out_channels,
                            .bias = plan.bias + k,
                            .time = time ? time + image * plan.out_channels + k : nullptr,
                            .scale = op.scale,
                            .lanes = lanes,
                        });
                    }
                }
            }
        }
    });
}

}  // namespace lgv
