#include "ops/group_norm/group_norm_gradient.cpu.h"

#include <algorithm>
#include <tuple>

#include "base/error.h"
#include "ops/group_norm/group_norm_block.h"
#include "ops/group_norm/group_norm_gradient_kernels.h"

namespace lgv {

extern const GroupNormGradientKernels group_norm_gradient_avx512;
extern const GroupNormGradientKernels group_norm_gradient_avx2;

namespace {

constexpr int64_t channels_per_sum = 64;  // in a task of the sums over images

int64_t channels_of(const CpuGroupNormGradient& op) { return op.forward.c1 + op.forward.c2; }
int64_t most_channels(const CpuGroupNormGradient& op) { return channels_of(op) / op.op.of.groups * op.forward.groups_per_task; }

// A thread's scratch: the forward op's tables, those of the sums and of dX, and dz where it has no other place.
struct Scratch {
    Scratch(const CpuGroupNormGradient& op, std::byte* memory, int64_t channels) : tables(memory, channels) {
        const int64_t room = GroupNormTables::room_for(most_channels(op));
        sum = reinterpret_cast<double*>(memory + GroupNormTables::bytes(most_channels(op)));
        product = sum + room;
        slope = reinterpret_cast<float*>(product + room);
        constant = slope + room;
        dz = constant + room;
    }
    static int64_t bytes(const CpuGroupNormGradient& op) {
        const int64_t room = GroupNormTables::room_for(most_channels(op));
        const bool adds = (op.op.dx && op.op.dx.add) || (op.op.dx2 && op.op.dx2.add);
        return GroupNormTables::bytes(most_channels(op)) + room * int64_t(2 * sizeof(double) + 2 * sizeof(float)) +
               (adds ? op.forward.pixels * room * int64_t(sizeof(float)) : 0);
    }

    GroupNormTables tables;
    double *sum, *product;    // of dz and of dz (x - mean) over the pixels
    float *slope, *constant;  // of dX in x - mean
    float* dz;
};

// What the sums over the pixels say: this image's dgamma, dbeta, dscale and dshift, and the means over each group that dX is made of.
void derive(const CpuGroupNormGradient& op, const CpuLaunch& launch, const GroupNormBlock& block, const Scratch& s, double* dgamma, double* dbeta) {
    const CpuGroupNorm& forward = op.forward;
    const int64_t channels = channels_of(op), width = channels / op.op.of.groups;
    const double count = double(forward.pixels * width);
    const float* scale = op.op.of.scale_shift ? launch.at(op.op.of.scale_shift) + block.n * 2 * channels : nullptr;
    const Gradient to = op.op.dscale_shift;
    float* dscale = to ? launch.at(to.value) + block.n * 2 * channels : nullptr;
    float* dshift = to ? dscale + channels : nullptr;
    for (int64_t first = 0; first < block.end - block.begin; first += width) {
        // A group's mean and inverse stand with each of its channels.
        const double inverse = s.tables.inverse[first], lost = double(s.tables.centre[first]) - s.tables.mean[first];
        double mean_du = 0, mean_du_xhat = 0;  // of gamma du, of gamma du xhat
        for (int64_t i = first; i < first + width; ++i) {
            const int64_t c = block.begin + i;
            const double gamma = double(forward.gamma[c]), more = scale != nullptr ? 1.0 + double(scale[c]) : 1.0;
            const double dz = s.sum[i], dz_xhat = (s.product[i] + lost * dz) * inverse;
            if (to) {
                dscale[c] = float((to.add ? double(dscale[c]) : 0.0) + gamma * dz_xhat + double(forward.beta[c]) * dz);
                dshift[c] = float((to.add ? double(dshift[c]) : 0.0) + dz);
            }
            dgamma[c] = dz_xhat * more;
            dbeta[c] = dz * more;
            mean_du += gamma * dbeta[c];
            mean_du_xhat += gamma * dgamma[c];
        }
        const double slope = -inverse * inverse * mean_du_xhat / count;
        const double constant = -inverse * mean_du / count + lost * slope;
        std::fill_n(s.slope + first, width, float(slope));
        std::fill_n(s.constant + first, width, float(constant));
    }
}

}  // namespace

CpuGroupNormGradient lower(const GroupNormGradient& op, const Shapes& shapes, Weights& weights, Isa isa) {
    CpuGroupNormGradient lowered{.op = op,
                                 .forward = lower(op.of, Value{}, shapes, weights, isa),
                                 .kernels = isa == Isa::avx512 ? &group_norm_gradient_avx512 : &group_norm_gradient_avx2,
                                 .rows = shapes[op.of.x].n};
    const Shape y = output_shape(op.of, shapes);
    expect(bool(op.dy) && shapes[op.dy] == y, Code::model, "group_norm's gradient: dy is ", op.dy ? to_text(shapes[op.dy]) : "missing", ", expected ", to_text(y));
    for (const auto& [name, to, of] : {std::tuple("dx", op.dx, op.of.x), std::tuple("dx2", op.dx2, op.of.x2),
                                       std::tuple("dscale_shift", op.dscale_shift, op.of.scale_shift)}) {
        if (!to) continue;
        expect(bool(of), Code::model, "group_norm's gradient: ", name, " is the derivative of an input that the op does not have");
        expect(shapes[to.value] == shapes[of], Code::model, "group_norm's gradient: ", name, " is ", to_text(shapes[to.value]), ", expected ", to_text(shapes[of]));
    }
    return lowered;
}

CpuNeeds needs(const CpuGroupNormGradient& op) {
    return {.workspace_bytes = op.rows * 2 * channels_of(op) * int64_t(sizeof(double)), .scratch_bytes = Scratch::bytes(op)};
}

std::string algorithm(const CpuGroupNormGradient& op) { return algorithm(op.forward); }

void run(const CpuGroupNormGradient& op, const CpuLaunch& launch) {
    const CpuGroupNorm& forward = op.forward;
    const int64_t channels = channels_of(op), pixels = forward.pixels, blocks = group_norm_blocks(forward);
    double* sums = reinterpret_cast<double*>(launch.workspace);  // [image][dgamma, dbeta][channels]
    launch.team.run(launch.rows * blocks, [&](int64_t task, int thread) {
        // Images first: threads on two blocks of one image would write to neighbouring lines (measured: a quarter more time with 2 threads).
        const GroupNormBlock block = group_norm_block(forward, launch, task % launch.rows * blocks + task / launch.rows);
        const int64_t count = block.end - block.begin;
        const Scratch s(op, launch.scratch_of<std::byte>(thread), count);
        const GroupNormTables& t = s.tables;
        group_norm_statistics(forward, launch, block, t);

        const float* dy = launch.at(op.op.dy) + block.n * pixels * channels + block.begin;
        GroupNormSweep sweeps[2];
        float* dx[2] = {nullptr, nullptr};
        for (int i = 0; i < 2; ++i) {
            const GroupNormBlock::Source& from = block.sources[size_t(i)];
            if (from.channels == 0) continue;
            const Gradient to = i == 0 ? op.op.dx : op.op.dx2;
            if (to) dx[i] = launch.at(to.value) + block.n * pixels * from.row + from.offset;
            const bool apart = to && to.add;
            sweeps[i] = {pixels, from.channels, from.x, from.row, apart ? s.dz + from.skip : dx[i], apart ? count : from.row, t.centre + from.skip};
            op.kernels->slopes(sweeps[i], dy + from.skip, channels, t.factor + from.skip, t.offset + from.skip, op.op.of.act, s.sum + from.skip,
                               s.product + from.skip);
        }
        derive(op, launch, block, s, sums + block.n * 2 * channels, sums + (block.n * 2 + 1) * channels);
        for (int i = 0; i < 2; ++i) {
            const int64_t skip = block.sources[size_t(i)].skip;
            if (dx[i] == nullptr) continue;
            op.kernels->apply(sweeps[i], t.factor + skip, s.slope + skip, s.constant + skip, dx[i], i == 0 ? op.op.dx.add : op.op.dx2.add);
        }
    });

    float *gamma = launch.gradient_at(op.op.of.weight), *beta = launch.gradient_at(op.op.of.bias);
    launch.team.run((channels + channels_per_sum - 1) / channels_per_sum, [&](int64_t task, int) {
        const int64_t begin = task * channels_per_sum, count = std::min(channels - begin, channels_per_sum);
        double total[2][channels_per_sum] = {};
        for (int64_t n = 0; n < launch.rows; ++n) {
            for (int64_t which = 0; which < 2; ++which) {
                const double* image = sums + (2 * n + which) * channels + begin;
                for (int64_t c = 0; c < count; ++c) total[which][c] += image[c];
            }
        }
        for (int64_t c = 0; c < count; ++c) {
            gamma[begin + c] = float(double(gamma[begin + c]) + total[0][c]);
            beta[begin + c] = float(double(beta[begin + c]) + total[1][c]);
        }
    });
}

}  // namespace lgv
