// Convolution on the GPU. The form, the tile and the split of its sum are chosen by the op, the shape of one image, the types and the target, never by rows.
//
//   patches      matrix units over 8 x 16 pixels of an image, x with its rim in shared memory: 2x2 taps and more, stride 1, channels in 32s
//   tiles        implicit GEMM on matrix units: everything that the others leave
//   few_inputs   one product after the other, for images: few enough input channels that writing y is most of the work
//   few_outputs  matrix units over a tile of x with its rim in shared memory, for up to 8 output channels
//   elements     float32, one output element a thread: the GPU's own oracle
//
// Two fusions are fields that lower() leaves off and a later pass over the program may switch on; every form can do both:
//   norm         x is read as silu(a x + b), a and b of its image and channel: a GroupNorm whose statistics are known. Padding stays 0.
//                Worth it where a form norms x once for all taps: patches, few_outputs, 1x1 kernels; tiles norm it for each tap again
//   statistics   mean and sum of squared deviations of y, as stored, for each channel and each part (a fixed run of an image's pixels)
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ops/conv/conv.h"
#include "ops/cuda.h"

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

// How the statistics part an image: tiles of tile_h x tile_w pixels of h x w, row after row; those at the lower and right border hold what is left.
struct CudaConvParts {
    int32_t h = 1, w = 1, tile_h = 1, tile_w = 1;
    int32_t count() const { return (h + tile_h - 1) / tile_h * ((w + tile_w - 1) / tile_w); }
};
CudaConvParts statistics_parts(const CudaConv2d& conv);

// [N, parts, K, 2]: mean and sum of squared deviations from it, side by side. Whoever merges them does so in the order of the parts.
Shape statistics_shape(const CudaConv2d& conv);

}  // namespace lgv
