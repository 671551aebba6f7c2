// Linear on the GPU. All its values are of one type.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ops/cuda.h"
#include "ops/linear/linear.h"

namespace lgv {

// By the shape of one image. Every output is the sum of the same products in the same order whatever the tile; `rows` has an order of its own.
enum class LinearForm : uint8_t { f32, rows, tile_64x64, tile_128x64, tile_128x128 };

struct CudaLinear {
    Linear op;
    Value out;
    LinearForm form = LinearForm::f32;
    const std::byte* weight = nullptr;  // packed for the form
    const float* bias = nullptr;
    int64_t pixels = 0;  // of an image
    int32_t in_channels = 0;
};

CudaLinear lower(const Linear& op, Value out, const Shapes& shapes, const CudaTypes& types, CudaWeights& weights, const CudaTarget& target);
CudaNeeds needs(const CudaLinear& op);
std::string algorithm(const CudaLinear& op);
void run(const CudaLinear& op, const CudaLaunch& launch);
std::vector<CudaCost> cost(const CudaLinear& op, int64_t rows);

}  // namespace lgv
