// How the kernels of GroupNorm's parts are cut: by the shape of one image and the types, never by the batch.
#pragma once

#include <algorithm>
#include <cstdint>

namespace lgv {

// 256 threads: `packs` accesses side by side on channels times `lanes` pixels. `across`: blocks for all channels.
struct CudaGroupNormBlock {
    int32_t packs, lanes, across;
};

inline CudaGroupNormBlock cuda_group_norm_block(int32_t channels, int32_t vector) {
    const int32_t all = channels / vector, across = (all + 255) / 256, packs = (all + across - 1) / across;
    return {packs, 256 / packs, across};
}

// Pixels of a part: 8 for each thread, or up to 32 in big images, so that there are about 256 parts or less.
inline int32_t cuda_group_norm_part(int32_t pixels, int32_t channels, int32_t vector) {
    int64_t part = 8 * int64_t(cuda_group_norm_block(channels, vector).lanes);
    for (int twice = 0; twice < 2 && pixels > 256 * part; ++twice) part *= 2;
    return int32_t(std::min<int64_t>(part, pixels));
}

}  // namespace lgv
