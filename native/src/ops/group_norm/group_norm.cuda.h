// GroupNorm on the GPU, by the shape of one image in one of two ways:
//     slab     small images: a block holds the pixels of some whole groups in shared memory: one read, one launch
//     parts    the others: moments of every part of the pixels by channel, merged to factors, applied: three launches
// A convolution can make the moments in the end of its sums, and another apply the factors where it reads: graph/fuse.cuda.h says when, and what is left then of
// the three pieces of `parts`.
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
#include "ops/pixel_tiles.h"

namespace lgv {

struct alignas(8) ChannelMoments {
    float mean, m2;
};

struct alignas(8) ChannelFactors {
    float a, b;
};

// Moments that launches share; by itself a group norm has its own in its workspace.
struct SharedMoments {
    Value value;            // float32 [N, parts, C, 2]; none: not shared
    bool is_given = false;  // the convolution that wrote the source made them, or a group norm before
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
    PixelTiles tiles, tiles2;   // of the moments of x and of x2

    // In parts, what graph/fuse.cuda.h switches on. Who makes the moments elsewhere puts its own tiles above.
    SharedMoments shared, shared2;
    Value factors;        // float32 [N, 1, C1 + C2, 2], for convolutions that apply them; none: in the workspace
    bool applies = true;  // else `out` is never written
};

CudaGroupNorm lower(const GroupNorm& op, Value out, const Shapes& shapes, const CudaTypes& types, CudaWeights& weights, const CudaTarget& target);
CudaNeeds needs(const CudaGroupNorm& op);
std::string algorithm(const CudaGroupNorm& op);  // "parts of 64 pixels, moments of x given, applied by its readers"
void run(const CudaGroupNorm& op, const CudaLaunch& launch);
std::vector<CudaCost> cost(const CudaGroupNorm& op, int64_t rows);

// lower() without the parameters: what a pass over the program asks.
CudaGroupNorm plan(const GroupNorm& op, Value out, const Shapes& shapes, const CudaTypes& types, const CudaTarget& target);

// The pieces, for the first `rows` images. `x` is a source of `channels` channels; scale_shift may be nullptr.
void make_moments(const CudaGroupNorm& op, Stream stream, int64_t rows, const std::byte* x, int32_t channels, ChannelMoments* moments);
void merge_moments(const CudaGroupNorm& op, Stream stream, int64_t rows, const ChannelMoments* x, const ChannelMoments* x2, const std::byte* scale_shift, ChannelFactors* factors);
void apply_factors(const CudaGroupNorm& op, Stream stream, int64_t rows, const std::byte* x, const std::byte* x2, const ChannelFactors* factors, std::byte* y);
CudaCost cost_of_moments(const CudaGroupNorm& op, int64_t rows, int32_t channels);
CudaCost cost_of_merge(const CudaGroupNorm& op, int64_t rows);
CudaCost cost_of_apply(const CudaGroupNorm& op, int64_t rows);

}  // namespace lgv
