// Attention on the GPU. All its values are of one type.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ops/attention/attention.h"
#include "ops/cuda.h"

namespace lgv {

struct CudaAttention {
    Attention op;
    Value out;
    CudaType type = CudaType::f32;
    int32_t length = 0;     // L
    int32_t head_size = 0;  // D, of 1 to 512
};

CudaAttention lower(const Attention& op, Value out, const Shapes& shapes, const CudaTypes& types, CudaWeights& weights, const CudaTarget& target);
CudaNeeds needs(const CudaAttention& op);
std::string algorithm(const CudaAttention& op);
void run(const CudaAttention& op, const CudaLaunch& launch);
std::vector<CudaCost> cost(const CudaAttention& op, int64_t rows);

}  // namespace lgv
