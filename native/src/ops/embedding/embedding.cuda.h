// The embeddings on the GPU. Timesteps are float32, labels int32; y is bfloat16 or float32.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ops/cuda.h"
#include "ops/embedding/embedding.h"

namespace lgv {

struct CudaTimestepEmbedding {
    TimestepEmbedding op;
    Value out;
    CudaType to = CudaType::f32;
    const float* w = nullptr;  // frequencies(), device memory
};

struct CudaFourierEmbedding {
    FourierEmbedding op;
    Value out;
    CudaType to = CudaType::f32;
    const float* w = nullptr;  // device memory
};

struct CudaLabelEmbedding {
    LabelEmbedding op;
    Value out;
    CudaType to = CudaType::f32;
    const float* table = nullptr;  // device memory
};

CudaTimestepEmbedding lower(const TimestepEmbedding& op, Value out, const Shapes& shapes, const CudaTypes& types, CudaWeights& weights, const CudaTarget& target);
CudaFourierEmbedding lower(const FourierEmbedding& op, Value out, const Shapes& shapes, const CudaTypes& types, CudaWeights& weights, const CudaTarget& target);
CudaLabelEmbedding lower(const LabelEmbedding& op, Value out, const Shapes& shapes, const CudaTypes& types, CudaWeights& weights, const CudaTarget& target);
CudaNeeds needs(const CudaTimestepEmbedding& op);
CudaNeeds needs(const CudaFourierEmbedding& op);
CudaNeeds needs(const CudaLabelEmbedding& op);
std::string algorithm(const CudaTimestepEmbedding& op);
std::string algorithm(const CudaFourierEmbedding& op);
std::string algorithm(const CudaLabelEmbedding& op);
void run(const CudaTimestepEmbedding& op, const CudaLaunch& launch);
void run(const CudaFourierEmbedding& op, const CudaLaunch& launch);
void run(const CudaLabelEmbedding& op, const CudaLaunch& launch);
std::vector<CudaCost> cost(const CudaTimestepEmbedding& op, int64_t rows);
std::vector<CudaCost> cost(const CudaFourierEmbedding& op, int64_t rows);
std::vector<CudaCost> cost(const CudaLabelEmbedding& op, int64_t rows);

}  // namespace lgv
