// MeanPixels on the GPU.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ops/cuda.h"
#include "ops/pool/mean_pixels.h"

namespace lgv {

struct CudaMeanPixels {
    MeanPixels op;
    Value out;
    CudaType from = CudaType::f32, to = CudaType::f32;
    int64_t pixels = 0;  // of an image
    int32_t channels = 0;
};

CudaMeanPixels lower(const MeanPixels& op, Value out, const Shapes& shapes, const CudaTypes& types, CudaWeights& weights, const CudaTarget& target);
CudaNeeds needs(const CudaMeanPixels& op);
std::string algorithm(const CudaMeanPixels& op);
void run(const CudaMeanPixels& op, const CudaLaunch& launch);
std::vector<CudaCost> cost(const CudaMeanPixels& op, int64_t rows);

}  // namespace lgv
