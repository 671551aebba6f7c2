// ldmatrix and mma.sync, by warp: arrays are indexed by the lane.
#pragma once

#include <cstdint>

namespace simt {

// The rows' addresses are checked already.
void ldmatrix_x4_warp(uint32_t (*result)[4], const uint32_t* addresses, bool transposed);
// d += a b, summed over k in order, in float32.
void mma_m16n8k16_bf16_warp(float (*d)[4], const uint32_t (*a)[4], const uint32_t (*b)[2]);

}  // namespace simt
