// Convolution on the GPU. The form, the tile and the split of its sum are chosen by the op, the shape of one image, the types and the target, never by rows.
//
//   patches      matrix units over 8 x 16 pixels of an image, x with its rim in shared memory: 2x2 taps and more, stride 1, channels in 32s
//   tiles        implicit GEMM on matrix units: everything that the others leave
//   few_inputs   one product after the other, for images: few enough input channels that writing y is most of the work
//   few_outputs  matrix units over a tile of x with its rim in shared memory, for up to 8 output channels
//   elements     float32, one output element a thread: the GPU's own oracle
//
// Two fusions are fields that lower() leaves off and graph/fuse.cuda.h switches on:
//   norm         x is read as silu(a x + b), a and b of its image and channel: a GroupNorm whose statistics are known. Padding stays 0. Every form can do it;
//                suits_norm() says where it is worth it
//   statistics   mean and sum of squared deviations of y, as stored, for each channel and each part (some pixels of an image, by its shape): in the end of a sum,
//                where a block holds all of it. gives_statistics() says where
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ops/conv/conv.h"
#include "ops/cuda.h"
#include "ops/pixel_tiles.h"

namespace lgv {

enum class CudaConvForm : uint8_t { patches, tiles, few_inputs, few_outputs, elements };

struct CudaConvTile {
    int32_t rows = 0, columns = 0;  // pixels and output channels of a block
};

struct CudaConv2d {
    Conv2d op;
    Value out;

    CudaConvForm form = CudaConvForm::elements;
    CudaType from = CudaType::f32, to = CudaType::f32, inside = CudaType::f32;  // of x, of y, of the others (and of products)
    Shape x, y;
    int32_t c2 = 0;
    const std::byte* weight = nullptr;
    const float* bias = nullptr;
    CudaConvTile tile;
    int32_t splits = 1;  // blocks that share a sum

    struct Norm {
        Value factors;  // float32 [N, 1, C + C2, 2]: a and b of each channel side by side
        bool silu = false;
        explicit operator bool() const { return bool(factors); }
    } norm;
    Value statistics;  // float32, of statistics_shape()
};

CudaConv2d lower(const Conv2d& op, Value out, const Shapes& shapes, const CudaTypes& types, CudaWeights& weights, const CudaTarget& target);
CudaNeeds needs(const CudaConv2d& conv);
std::string algorithm(const CudaConv2d& conv);  // "tiles 64x64 split 2, norm silu, statistics"
void run(const CudaConv2d& conv, const CudaLaunch& launch);
std::vector<CudaCost> cost(const CudaConv2d& conv, int64_t rows);

// lower() without the weights: what a pass over the program asks.
CudaConv2d plan(const Conv2d& op, Value out, const Shapes& shapes, const CudaTypes& types, const CudaTarget& target);
bool suits_norm(const CudaConv2d& conv);
bool gives_statistics(const CudaConv2d& conv);

PixelTiles statistics_parts(const CudaConv2d& conv);

// [N, parts, K, 2]: mean and sum of squared deviations from it, side by side. Whoever merges them does so in the order of the parts.
Shape statistics_shape(const CudaConv2d& conv);

}  // namespace lgv
