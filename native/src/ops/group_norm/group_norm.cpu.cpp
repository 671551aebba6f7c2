#include "ops/group_norm/group_norm.cpu.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "ops/group_norm/group_norm_block.h"
#include "ops/group_norm/group_norm_kernels.h"
#include "ops/weights.h"

namespace lgv {

extern const GroupNormKernels group_norm_avx512;
extern const GroupNormKernels group_norm_avx2;

namespace {

constexpr int64_t cache_line = 16;  // floats

// Groups in a task: whole cache lines of channels where a few groups make some, about 64 channels in wide layers, and 2 tasks or more in narrow ones.
int64_t choose_groups_per_task(int64_t channels, int64_t groups) {
    const int64_t width = channels / groups;
    const int64_t wanted = channels >= 128 ? 64 : channels >= 64 ? 32 : cache_line;
    const int64_t whole_lines = std::lcm(width, cache_line) / width;
    const int64_t enough = (wanted + width - 1) / width;
    const int64_t lined = (enough + whole_lines - 1) / whole_lines * whole_lines;
    return std::min(lined * width <= 2 * wanted ? lined : enough, groups);
}

}  // namespace

CpuGroupNorm lower(const GroupNorm& op, Value out, const Shapes& shapes, Weights& weights, Isa isa) {
    const Shape y = output_shape(op, shapes);
    for (const auto& [name, parameter] : {std::pair("weight", op.weight), std::pair("bias", op.bias)}) {
        expect(weights.shape(parameter) == std::vector<int64_t>{y.c}, Code::model, "group_norm: the ", name, " is ", to_text(weights.shape(parameter)),
               ", expected [", y.c, "]");
    }
    const int64_t c1 = shapes[op.x].c;
    return {.op = op,
            .out = out,
            .kernels = isa == Isa::avx512 ? &group_norm_avx512 : &group_norm_avx2,
            .gamma = weights.plain(op.weight),
            .beta = weights.plain(op.bias),
            .pixels = y.h * y.w,
            .c1 = c1,
            .c2 = y.c - c1,
            .groups_per_task = choose_groups_per_task(y.c, op.groups),
            .isa = isa};
}

CpuNeeds needs(const CpuGroupNorm& op) {
    const int64_t width = (op.c1 + op.c2) / op.op.groups;
    return {.workspace_bytes = 0, .scratch_bytes = GroupNormTables::bytes(op.groups_per_task * width)};
}

std::string algorithm(const CpuGroupNorm& op) {
    return text("channel sums ", name_of(op.isa), ", ", op.groups_per_task, " groups a task");
}

int64_t group_norm_blocks(const CpuGroupNorm& op) { return (op.op.groups + op.groups_per_task - 1) / op.groups_per_task; }

GroupNormBlock group_norm_block(const CpuGroupNorm& op, const CpuLaunch& launch, int64_t task) {
    const int64_t blocks = group_norm_blocks(op), width = (op.c1 + op.c2) / op.op.groups;
    const int64_t n = task / blocks, group = task % blocks * op.groups_per_task;
    const int64_t begin = group * width, end = std::min(int64_t(op.op.groups), group + op.groups_per_task) * width;
    GroupNormBlock block{.n = n, .begin = begin, .end = end, .sources = {}};
    if (begin < op.c1) {
        block.sources[0] = {launch.at(op.op.x) + n * op.pixels * op.c1 + begin, op.c1, begin, 0, std::min(end, op.c1) - begin};
    }
    if (end > op.c1) {
        const int64_t first = std::max(begin, op.c1);
        block.sources[1] = {launch.at(op.op.x2) + n * op.pixels * op.c2 + first - op.c1, op.c2, first - op.c1, first - begin, end - first};
    }
    return block;
}

void group_norm_statistics(const CpuGroupNorm& op, const CpuLaunch& launch, const GroupNormBlock& block, const GroupNormTables& t) {
    // Sums first lie where mean and inverse are put in their place, group by group.
    for (const GroupNormBlock::Source& s : block.sources) {
        if (s.channels != 0) op.kernels->sums(s.x, s.row, op.pixels, s.channels, t.mean + s.skip, t.inverse + s.skip);
    }
    const int64_t channels = op.c1 + op.c2, width = channels / op.op.groups;
    const float* scale = op.op.scale_shift ? launch.at(op.op.scale_shift) + block.n * 2 * channels : nullptr;
    const float* shift = op.op.scale_shift ? scale + channels : nullptr;
    const double count = double(op.pixels * width);
    for (int64_t first = 0; first < block.end - block.begin; first += width) {
        double sum = 0, square = 0;
        for (int64_t i = first; i < first + width; ++i) {
            sum += t.mean[i];
            square += t.inverse[i];
        }
        const double mean = sum / count;
        const double variance = std::max(square / count - mean * mean, 0.0);
        const double inverse = 1 / std::sqrt(variance + double(op.op.eps));
        for (int64_t i = first; i < first + width; ++i) {
            const int64_t c = block.begin + i;
            const double more = scale != nullptr ? 1.0 + double(scale[c]) : 1.0;
            t.mean[i] = mean;
            t.inverse[i] = inverse;
            t.centre[i] = float(mean);
            t.factor[i] = float(double(op.gamma[c]) * inverse * more);
            // What float32 loses of the mean is put back.
            const double lost = (double(float(mean)) - mean) * double(op.gamma[c]) * inverse;
            t.offset[i] = float((double(op.beta[c]) + lost) * more + (shift != nullptr ? double(shift[c]) : 0.0));
        }
    }
}

void run(const CpuGroupNorm& op, const CpuLaunch& launch) {
    const int64_t channels = op.c1 + op.c2;
    launch.team.run(launch.rows * group_norm_blocks(op), [&](int64_t task, int thread) {
        const GroupNormBlock block = group_norm_block(op, launch, task);
        const GroupNormTables t(launch.scratch_of<std::byte>(thread), block.end - block.begin);
        group_norm_statistics(op, launch, block, t);
        float* y = launch.at(op.out) + block.n * op.pixels * channels + block.begin;
        for (const GroupNormBlock::Source& s : block.sources) {
            if (s.channels == 0) continue;
            op.kernels->apply(s.x, s.row, y + s.skip, channels, op.pixels, s.channels, t.centre + s.skip, t.factor + s.skip, t.offset + s.skip, op.op.act);
        }
    });
}

}  // namespace lgv
