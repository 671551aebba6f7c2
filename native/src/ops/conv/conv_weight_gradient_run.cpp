// The launch of a weight gradient: sums by (slice, task) and of each image's dy, then what remains to be added.
#include <algorithm>
#include <utility>

#include "ops/conv/conv_weight_gradient.h"

namespace lgv {

namespace {

struct Pointers {
    const float* x[2];
    const float* dy;
    float* dw;
};

// Images, and rows of the jobs.
struct Unit {
    int64_t image, images;
    int64_t first, last;
};

int64_t channels_of_a(const WeightGradient& plan, const WeightGradient::Piece& piece) { return plan.outputs_on_lanes ? piece.c_count : piece.k_count; }
int64_t lanes_of(const WeightGradient& plan, const WeightGradient::Piece& piece) { return plan.outputs_on_lanes ? piece.k_count : piece.c_count; }

// Floats of sums for one channel of a: whole vectors.
int64_t row_of(const WeightGradient& plan, const WeightGradient::Piece& piece) {
    const int64_t block = plan.kernels->block;
    return lanes_of(plan, piece) > block / 2 ? block : block / 2;
}

// Floats of all its jobs' sums.
int64_t sums_of(const WeightGradient& plan, const WeightGradient::Piece& piece) { return plan.jobs() * channels_of_a(plan, piece) * row_of(plan, piece); }

// The sums of every job over one unit.
void add_unit(const WeightGradient& plan, const WeightGradient::Piece& piece, const Pointers& at, const Unit& unit, bool begins, float* sums) {
    const int64_t channels = plan.channels[piece.source], row = row_of(plan, piece), job_floats = channels_of_a(plan, piece) * row;
    const int64_t half = plan.kernels->block / 2, lanes = lanes_of(plan, piece);
    const auto tile_of = plan.kernels->tile[lanes % half == 0][row > half][channels_of_a(plan, piece) - 1];
    const float* const x = at.x[piece.source] + unit.image * plan.x_rows * plan.x_columns * channels + piece.c;
    const float* const dy = at.dy + unit.image * plan.y_rows * plan.y_columns * plan.out_channels + piece.k;
    WeightGradientTile tile{};
    tile.lanes = lanes;
    tile.begins = begins;
    for (const WeightGradient::AxisJob& v : plan.down)
        for (const WeightGradient::AxisJob& h : plan.across) {
            const int64_t first = std::max(unit.first, v.first), last = std::min(unit.last, v.last);
            tile.sums = sums;
            sums += job_floats;
            if (first >= last || h.first >= h.last) {  // the tap sees padding alone
                tile.images = 0;
                if (begins) tile_of(tile);
                continue;
            }
            tile.images = unit.images;
            tile.rows = last - first;
            tile.columns = h.last - h.first;
            const float* const of_x = x + ((v.x + v.x_step * first) * plan.x_columns + h.x + h.x_step * h.first) * channels;
            const float* const of_y = dy + ((v.y + v.y_step * first) * plan.y_columns + h.y + h.y_step * h.first) * plan.out_channels;
            tile.a = {of_x, plan.x_rows * plan.x_columns * channels, v.x_step * plan.x_columns * channels, h.x_step * channels};
            tile.b = {of_y, plan.y_rows * plan.y_columns * plan.out_channels, v.y_step * plan.y_columns * plan.out_channels, h.y_step * plan.out_channels};
            if (!plan.outputs_on_lanes) std::swap(tile.a, tile.b);
            tile_of(tile);
        }
}

// [tap][channel of a][row] from [job][channel of a][row].
const float* fold_jobs(const WeightGradient& plan, const float* sums, int64_t job_floats, float* folded) {
    std::fill(folded, folded + plan.kernel * plan.kernel * job_floats, 0.0f);
    for (const WeightGradient::AxisJob& v : plan.down)
        for (const WeightGradient::AxisJob& h : plan.across) {
            for (const int32_t r : v.taps)
                for (const int32_t s : h.taps) plan.kernels->add(folded + (r * plan.kernel + s) * job_floats, sums, job_floats);
            sums += job_floats;
        }
    return folded;
}

// dw += scale * what the jobs have summed.
void finish_piece(const WeightGradient& plan, const WeightGradient::Piece& piece, float scale, const float* sums, float* folded, float* dw) {
    const int64_t taps = plan.kernel * plan.kernel, channels = plan.channels[0] + plan.channels[1];
    const int64_t of_a = channels_of_a(plan, piece), row = row_of(plan, piece);
    if (plan.jobs() != taps) sums = fold_jobs(plan, sums, of_a * row, folded);
    float* const to = dw + (piece.k * channels + piece.c + (piece.source == 1 ? plan.channels[0] : 0)) * taps;
    WeightGradientScatter scatter{.sums = sums, .tap_step = of_a * row, .channel_step = row, .taps = taps, .channels = of_a,
                                  .lanes = lanes_of(plan, piece), .scale = scale, .to = to, .lane_step = channels * taps};
    if (plan.outputs_on_lanes) return plan.kernels->scatter(scatter);
    scatter.channels = 1;
    scatter.lane_step = taps;
    for (int64_t k = 0; k < piece.k_count; ++k, scatter.sums += row, scatter.to += channels * taps) plan.kernels->scatter(scatter);
}

}  // namespace

void run_weight_gradient(const WeightGradient& plan, const Conv2dWeightGradient& op, const CpuLaunch& launch) {
    const WeightGradientKernels& kernels = *plan.kernels;
    const Pointers at{.x = {launch.at(op.of.x), op.of.x2 ? launch.at(op.of.x2) : nullptr}, .dy = launch.at(op.dy), .dw = launch.gradient_at(op.of.weight)};
    const float scale = op.of.scale;
    const int64_t live = launch.rows, pieces = int64_t(plan.pieces.size());
    const int64_t sums_floats = plan.slices > 1 ? 0 : plan.task_pieces * plan.piece_floats;
    const int64_t tasks = plan.slices * plan.task_count(), channels = plan.out_channels, rows = plan.job_rows;
    float* const image_sums = reinterpret_cast<float*>(launch.workspace);
    float* const partial = image_sums + (plan.rows * channels + 15) / 16 * 16;
    const bool sums_dy = op.of.bias || op.dtime;
    const auto first_image = [&](int64_t slice) { return live * slice / plan.slices; };

    launch.team.run(tasks + (sums_dy ? live : 0), [&](int64_t index, int thread) {
        if (index >= tasks) {
            const int64_t image = index - tasks;
            float* const sums = image_sums + image * channels;
            kernels.sum_image(at.dy + image * plan.y_rows * plan.y_columns * channels, plan.y_rows, plan.y_columns, channels, sums);
            if (!op.dtime) return;
            float* const dtime = launch.at(op.dtime.value) + image * channels;
            for (int64_t k = 0; k < channels; ++k) dtime[k] = op.dtime.add ? dtime[k] + scale * sums[k] : scale * sums[k];
            return;
        }
        const int64_t slice = index / plan.task_count(), task = index % plan.task_count();
        const int64_t first_piece = plan.tasks[size_t(task)], last_piece = plan.tasks[size_t(task) + 1];
        const int64_t begin = first_image(slice), end = first_image(slice + 1);
        float* const scratch = launch.scratch_of<float>(thread);
        float* const sums = plan.slices > 1 ? partial + (slice * pieces + first_piece) * plan.piece_floats : scratch;
        for (int64_t image = begin; image < end; image += plan.unit_images)
            for (int64_t row = 0; row < rows; row += plan.unit_rows) {
                const Unit unit{.image = image, .images = std::min(plan.unit_images, end - image), .first = row, .last = std::min(row + plan.unit_rows, rows)};
                for (int64_t p = first_piece; p < last_piece; ++p)
                    add_unit(plan, plan.pieces[size_t(p)], at, unit, image == begin && row == 0, sums + (p - first_piece) * plan.piece_floats);
            }
        if (plan.slices > 1) return;
        for (int64_t p = first_piece; p < last_piece; ++p)
            finish_piece(plan, plan.pieces[size_t(p)], scale, sums + (p - first_piece) * plan.piece_floats, scratch + sums_floats, at.dw);
    });

    const int64_t left = plan.slices > 1 ? pieces : 0;
    if (left == 0 && !op.of.bias) return;
    launch.team.run(left + (op.of.bias ? 1 : 0), [&](int64_t index, int thread) {
        if (index == left) {
            float* const dbias = launch.gradient_at(op.of.bias);
            for (int64_t k = 0; k < channels; ++k) {
                float sum = 0;
                for (int64_t image = 0; image < live; ++image) sum += image_sums[image * channels + k];
                dbias[k] += scale * sum;
            }
            return;
        }
        float* sums = nullptr;
        for (int64_t slice = 0; slice < plan.slices; ++slice) {
            if (first_image(slice) == first_image(slice + 1)) continue;
            float* const of_slice = partial + (slice * pieces + index) * plan.piece_floats;
            if (sums == nullptr) {
                sums = of_slice;
            } else {
                kernels.add(sums, of_slice, sums_of(plan, plan.pieces[size_t(index)]));
            }
        }
        if (sums != nullptr) finish_piece(plan, plan.pieces[size_t(index)], scale, sums, launch.scratch_of<float>(thread), at.dw);
    });
}

}  // namespace lgv
