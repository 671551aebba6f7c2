// What GroupNorm and its gradient share on the CPU: how the work is cut into tasks, and a task's first sweep, the statistics of its groups.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "ops/group_norm/group_norm.cpu.h"

namespace lgv {

// A task: whole groups of one image, which may straddle the two sources. Channel 0 of a block is `begin` of the op.
struct GroupNormBlock {
    struct Source {
        const float* x;    // the image's first pixel, the block's first channel in this source
        int64_t row;       // channels of the source
        int64_t offset;    // of x in the source
        int64_t skip;      // channels of the block that are in the source before
        int64_t channels;  // of the block in this one; 0: none
    };

    int64_t n;
    int64_t begin, end;  // channels
    std::array<Source, 2> sources;
};

// Blocks in an image: task t is block t % blocks of image t / blocks.
int64_t group_norm_blocks(const CpuGroupNorm& op);
GroupNormBlock group_norm_block(const CpuGroupNorm& op, const CpuLaunch& launch, int64_t task);

// A block's tables by channel, each as long as its channels, rounded up to whole vectors.
struct GroupNormTables {
    GroupNormTables(std::byte* scratch, int64_t channels) {
        const int64_t room = room_for(channels);
        mean = reinterpret_cast<double*>(scratch);
        inverse = mean + room;
        centre = reinterpret_cast<float*>(inverse + room);
        factor = centre + room;
        offset = factor + room;
    }
    // Two sources, each with a tail of up to a widest vector.
    static int64_t room_for(int64_t channels) { return (channels + 15) / 16 * 16 + 16; }
    static int64_t bytes(int64_t channels) { return room_for(channels) * int64_t(2 * sizeof(double) + 3 * sizeof(float)); }

    double *mean, *inverse;  // of the channel's group: inverse = 1 / sqrt(var + eps)
    float *centre, *factor, *offset;  // z = (x - centre) * factor + offset, centre the mean in float32
};

// One read of the block.
void group_norm_statistics(const CpuGroupNorm& op, const CpuLaunch& launch, const GroupNormBlock& block, const GroupNormTables& tables);

}  // namespace lgv
