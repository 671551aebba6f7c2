#include "ops/group_norm/group_norm.cpu.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "ops/group_norm/group_norm_kernels.h"
#include "ops/weights.h"

namespace lgv {

extern const GroupNormKernels group_norm_avx512;
extern const GroupNormKernels group_norm_avx2;

namespace {

constexpr int64_t cache_line = 16;  // floats
constexpr int64_t widest_vector = 16;

// Groups in a task: whole cache lines of channels where a few groups make some, about 64 channels in wide layers, and 2 tasks or more in narrow ones.
int64_t choose_groups_per_task(int64_t channels, int64_t groups) {
    const int64_t width = channels / groups;
    const int64_t wanted = channels >= 128 ? 64 : channels >= 64 ? 32 : cache_line;
    const int64_t whole_lines = std::lcm(width, cache_line) / width;
    const int64_t enough = (wanted + width - 1) / width;
    const int64_t lined = (enough + whole_lines - 1) / whole_lines * whole_lines;
    return std::min(lined * width <= 2 * wanted ? lined : enough, groups);
}

// A task's tables: each as long as its channels, rounded up to whole vectors.
struct Tables {
    explicit Tables(std::byte* scratch, int64_t channels) {
        const int64_t room = room_for(channels);
        sum = reinterpret_cast<double*>(scratch);
        square = sum + room;
        mean = reinterpret_cast<float*>(square + room);
        factor = mean + room;
        offset = factor + room;
    }
    // Two sources, each with a tail.
    static int64_t room_for(int64_t channels) { return (channels + widest_vector - 1) / widest_vector * widest_vector + widest_vector; }
    static int64_t bytes(int64_t channels) { return room_for(channels) * int64_t(2 * sizeof(double) + 3 * sizeof(float)); }

    double *sum, *square;
    float *mean, *factor, *offset;
};

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
    return {.workspace_bytes = 0, .scratch_bytes = Tables::bytes(op.groups_per_task * width)};
}

std::string algorithm(const CpuGroupNorm& op) {
    return text("channel sums ", name_of(op.isa), ", ", op.groups_per_task, " groups a task");
}

void run(const CpuGroupNorm& op, const CpuLaunch& launch) {
    const int64_t channels = op.c1 + op.c2, groups = op.op.groups, width = channels / groups;
    const int64_t blocks = (groups + op.groups_per_task - 1) / op.groups_per_task;
    const int64_t image1 = op.pixels * op.c1, image2 = op.pixels * op.c2;
    launch.team.run(launch.rows * blocks, [&](int64_t task, int thread) {
        const int64_t n = task / blocks, block = task % blocks;
        const int64_t group0 = block * op.groups_per_task, group1 = std::min(groups, group0 + op.groups_per_task);
        const int64_t begin = group0 * width, end = group1 * width;
        const Tables t(launch.scratch_of<std::byte>(thread), end - begin);

        // The block's channels in x and in x2.
        const int64_t end1 = std::min(end, op.c1), begin2 = std::max(begin, op.c1);
        const float* x1 = launch.at(op.op.x) + n * image1 + begin;
        const float* x2 = op.c2 != 0 ? launch.at(op.op.x2) + n * image2 + (begin2 - op.c1) : nullptr;
        if (begin < end1) op.kernels->sums(x1, op.c1, op.pixels, end1 - begin, t.sum, t.square);
        if (begin2 < end) op.kernels->sums(x2, op.c2, op.pixels, end - begin2, t.sum + (begin2 - begin), t.square + (begin2 - begin));

        const float* scale = op.op.scale_shift ? launch.at(op.op.scale_shift) + n * 2 * channels : nullptr;
        const float* shift = op.op.scale_shift ? scale + channels : nullptr;
        const double count = double(op.pixels * width);
        for (int64_t group = group0; group < group1; ++group) {
            double sum = 0, square = 0;
            for (int64_t c = group * width - begin; c < (group + 1) * width - begin; ++c) {
                sum += t.sum[c];
                square += t.square[c];
            }
            const double mean = sum / count;
            const double variance = std::max(square / count - mean * mean, 0.0);
            const double inverse = 1 / std::sqrt(variance + double(op.op.eps));
            for (int64_t c = group * width; c < (group + 1) * width; ++c) {
                const double more = scale != nullptr ? 1.0 + double(scale[c]) : 1.0;
                t.mean[c - begin] = float(mean);
                t.factor[c - begin] = float(double(op.gamma[c]) * inverse * more);
                // What float32 loses of the mean is put back.
                const double lost = (double(float(mean)) - mean) * double(op.gamma[c]) * inverse;
                t.offset[c - begin] = float((double(op.beta[c]) + lost) * more + (shift != nullptr ? double(shift[c]) : 0.0));
            }
        }

        float* y = launch.at(op.out) + n * op.pixels * channels;
        const Activation act = op.op.act;
        if (begin < end1) op.kernels->apply(x1, op.c1, y + begin, channels, op.pixels, end1 - begin, t.mean, t.factor, t.offset, act);
        const int64_t skip = begin2 - begin;
        if (begin2 < end) {
            op.kernels->apply(x2, op.c2, y + begin2, channels, op.pixels, end - begin2, t.mean + skip, t.factor + skip, t.offset + skip, act);
        }
    });
}

}  // namespace lgv
