// GroupNorm on the GPU, by the shape of one image in one of two ways:
//     slab     small images: a block holds the pixels of some whole groups in shared memory: one read, one launch
//     parts    the others: moments of every part of the pixels by channel, merged to factors, applied: three launches
// The three pieces of `parts` also stand alone, so that a convolution can make the moments in its epilogue and apply the factors where it reads:
//
//     moments  [image][part][channel] of one source: mean and M2 = sum of (x - mean)^2 over the part's pixels. A part is a tile of a partition that depends on
//              the layer's shape alone. Two sources side by side have each their own moments and partition: a group may straddle them, and a tensor that is
//              skipped to a later layer is grouped otherwise there.
//     factors  [image][channel], channels of both sources side by side: y = act(a*x + b), float32
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ops/cuda.h"
#include "ops/group_norm/group_norm.h"

namespace lgv {

struct alignas(8) ChannelMoments {
    float mean, m2;
};

struct alignas(8) ChannelFactors {
    float a, b;
};

// Tiles of tile_h x tile_w pixels, row after row; those at the lower and right border hold what is left. A run of pixels is h = tile_h = 1.
struct PixelTiles {
    int32_t h = 1, w = 1, tile_h = 1, tile_w = 1;

    int32_t across() const { return (w + tile_w - 1) / tile_w; }
    int32_t count() const { return (h + tile_h - 1) / tile_h * across(); }
};

struct CudaGroupNorm {
    GroupNorm op;
    Value out;
    CudaType type = CudaType::f32, scale_type = CudaType::f32;
    const float* gamma = nullptr;  // device memory
    const float* beta = nullptr;
    int64_t rows = 0;              // of the program
    int32_t pixels = 0;            // of an image
    int32_t c1 = 0, c2 = 0;
    int32_t vector = 1;         // numbers in an access: a pack of 16 bytes, or 1
    int32_t slab_channels = 0;  // whole groups, of a block; 0: in parts
    PixelTiles tiles, tiles2;      // of the moments of x and of x2; whoever makes the moments elsewhere puts its own here
};

CudaGroupNorm lower(const GroupNorm& op, Value out, const Shapes& shapes, const CudaTypes& types, CudaWeights& weights, const CudaTarget& target);
CudaNeeds needs(const CudaGroupNorm& op);
std::string algorithm(const CudaGroupNorm& op);
void run(const CudaGroupNorm& op, const CudaLaunch& launch);
std::vector<CudaCost> cost(const CudaGroupNorm& op, int64_t rows);

// The pieces, for the first `rows` images. `x` is a source of `channels` channels; scale_shift may be nullptr.
void make_moments(const CudaGroupNorm& op, Stream stream, int64_t rows, const std::byte* x, int32_t channels, ChannelMoments* moments);
void merge_moments(const CudaGroupNorm& op, Stream stream, int64_t rows, const ChannelMoments* x, const ChannelMoments* x2, const std::byte* scale_shift, ChannelFactors* factors);
void apply_factors(const CudaGroupNorm& op, Stream stream, int64_t rows, const std::byte* x, const std::byte* x2, const ChannelFactors* factors, std::byte* y);
CudaCost cost_of_moments(const CudaGroupNorm& op, int64_t rows, int32_t channels);
CudaCost cost_of_merge(const CudaGroupNorm& op, int64_t rows);
CudaCost cost_of_apply(const CudaGroupNorm& op, int64_t rows);

}  // namespace lgv
