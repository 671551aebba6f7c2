// The plan of a weight gradient: jobs, pieces, tasks, slices, units.
#include "ops/conv/conv_weight_gradient.h"

#include <algorithm>
#include <bit>

namespace lgv {

namespace {

constexpr int64_t most_unit_pixels = 1024;  // of a register's chain
// Pixels of all channels, x and dy: a unit is walked over once for each job and piece, in steps as long as a pixel, and its pages should stay known.
// With 1024 pixels of 256 + 256 channels AVX2 took 1.15 of the time, AVX-512 1.02; with 256 pixels of 32 + 32, AVX-512 took 1.02.
constexpr int64_t unit_bytes = 512 * 1024;
constexpr int64_t task_bytes = 128 * 1024;  // of sums: they stay in the second-level cache beside what a unit reads
constexpr int64_t tasks_wished = 16;        // fewer do not divide well among threads

constexpr int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
constexpr int64_t floor_div(int64_t a, int64_t b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }

// Output pixel o = parity + step * m reads x at floor((stride * o + r - pad) / zoom) = m * stride * step / zoom + offset.
std::vector<WeightGradient::AxisJob> axis_jobs(int64_t x_extent, int64_t y_extent, int64_t zoom, int64_t stride, int64_t kernel, int64_t pad) {
    std::vector<WeightGradient::AxisJob> jobs;
    for (int64_t parity = 0; parity < zoom; ++parity) {
        const size_t first_job = jobs.size();
        for (int64_t r = 0; r < kernel; ++r) {
            const int64_t offset = floor_div(parity * stride + r - pad, zoom);
            if (jobs.size() == first_job || jobs.back().x != offset) {
                const int64_t extent = std::max<int64_t>(ceil_div(y_extent - parity, zoom), 0);
                const int64_t begin = std::clamp<int64_t>(floor_div(-offset + stride - 1, stride), 0, extent);
                const int64_t end = std::clamp<int64_t>(floor_div(x_extent - 1 - offset, stride) + 1, begin, extent);
                jobs.push_back({.y = parity, .y_step = zoom, .x = offset, .x_step = stride, .first = begin, .last = end, .taps = {}});
            }
            jobs.back().taps.push_back(int32_t(r));
        }
    }
    return jobs;
}

// Calls use(begin, count) for the fewest even parts of `count` things that have at most `most` each.
template <class Use>
void for_each_part(int64_t count, int64_t most, const Use& use) {
    const int64_t parts = ceil_div(count, most);
    for (int64_t part = 0; part < parts; ++part) use(count * part / parts, count * (part + 1) / parts - count * part / parts);
}

template <class Use>
void for_each_block(int64_t count, int64_t block, const Use& use) {
    for (int64_t begin = 0; begin < count; begin += block) use(begin, std::min(block, count - begin));
}

// Adds pieces, which share their channels on the lanes, as tasks. `blocks`: how often this is called.
void add_tasks(WeightGradient& plan, const std::vector<WeightGradient::Piece>& pieces, int64_t blocks) {
    const int64_t most = std::clamp<int64_t>(int64_t(pieces.size()) * blocks / tasks_wished, 1,
                                             std::max<int64_t>(task_bytes / (plan.piece_floats * int64_t(sizeof(float))), 1));
    for_each_part(int64_t(pieces.size()), most, [&](int64_t begin, int64_t count) {
        plan.pieces.insert(plan.pieces.end(), pieces.begin() + begin, pieces.begin() + begin + count);
        plan.tasks.push_back(int64_t(plan.pieces.size()));
        plan.task_pieces = std::max(plan.task_pieces, count);
    });
}

void plan_pieces(WeightGradient& plan) {
    const int64_t block = plan.kernels->block, half = block / 2, most = plan.kernels->most, outputs = plan.out_channels;
    const int64_t *const c = plan.channels;
    const int64_t outputs_padded = ceil_div(outputs, half) * half, inputs_padded = (ceil_div(c[0], half) + ceil_div(c[1], half)) * half;
    plan.outputs_on_lanes = outputs_padded * (c[0] + c[1]) <= inputs_padded * outputs;
    plan.piece_floats = plan.jobs() * std::min(most, plan.outputs_on_lanes ? std::max(c[0], c[1]) : outputs) * block;
    plan.tasks = {0};
    std::vector<WeightGradient::Piece> pieces;
    if (plan.outputs_on_lanes) {
        for_each_block(outputs, block, [&](int64_t k, int64_t k_count) {
            pieces.clear();
            for (int source = 0; source < 2; ++source)
                for_each_part(c[source], most, [&](int64_t begin, int64_t count) { pieces.push_back({source, begin, count, k, k_count}); });
            add_tasks(plan, pieces, ceil_div(outputs, block));
        });
    } else {
        for (int source = 0; source < 2; ++source)
            for_each_block(c[source], block, [&](int64_t begin, int64_t count) {
                pieces.clear();
                for_each_part(outputs, most, [&](int64_t k, int64_t k_count) { pieces.push_back({source, begin, count, k, k_count}); });
                add_tasks(plan, pieces, ceil_div(c[0], block) + ceil_div(c[1], block));
            });
    }
}

}  // namespace

WeightGradient plan_weight_gradient(const Conv2dWeightGradient& op, const Shapes& shapes, const WeightGradientKernels& kernels) {
    const Conv2d& of = op.of;
    const Shape x = shapes[of.x], y = shapes[op.dy];
    const int64_t zoom = of.upsample ? 2 : 1;
    WeightGradient plan;
    plan.kernels = &kernels;
    plan.x_rows = x.h, plan.x_columns = x.w;
    plan.channels[0] = x.c;
    plan.channels[1] = of.x2 ? shapes[of.x2].c : 0;
    plan.y_rows = y.h, plan.y_columns = y.w, plan.out_channels = y.c;
    plan.kernel = of.kernel;
    plan.rows = y.n;
    plan.down = axis_jobs(x.h, y.h, zoom, of.stride, of.kernel, of.pad.top);
    plan.across = axis_jobs(x.w, y.w, zoom, of.stride, of.kernel, of.pad.left);
    plan_pieces(plan);
    plan.slices = std::min(int64_t(std::bit_ceil(uint64_t(ceil_div(tasks_wished, plan.task_count())))), plan.rows);

    const int64_t rows = ceil_div(y.h, zoom), columns = ceil_div(y.w, zoom);
    plan.job_rows = rows;
    const int64_t pixel_bytes = (plan.channels[0] + plan.channels[1] + plan.out_channels) * int64_t(sizeof(float));
    const int64_t unit_pixels = std::min(unit_bytes / pixel_bytes, most_unit_pixels);
    const int64_t bands = ceil_div(rows, std::clamp<int64_t>(unit_pixels / columns, 1, rows));
    plan.unit_rows = ceil_div(rows, bands);
    plan.unit_images = bands > 1 ? 1 : std::max<int64_t>(unit_pixels / (rows * columns), 1);
    return plan;
}

CpuNeeds WeightGradient::needs() const {
    const int64_t image_sums = (rows * out_channels + 15) / 16 * 16, partial = slices > 1 ? slices * int64_t(pieces.size()) * piece_floats : 0;
    const int64_t sums = slices > 1 ? 0 : task_pieces * piece_floats, folded = kernel * kernel * kernels->most * kernels->block;
    return {.workspace_bytes = (partial + image_sums) * int64_t(sizeof(float)), .scratch_bytes = (sums + folded) * int64_t(sizeof(float))};
}

}  // namespace lgv
