// The embeddings on the CPU. One form for every instruction set: libm's sine in double, rounded, and a copy.
#pragma once

#include <string>
#include <vector>

#include "ops/cpu.h"
#include "ops/embedding/embedding.h"

namespace lgv {

class Weights;

struct CpuTimestepEmbedding {
    Value t, out;
    int32_t channels = 0;
    bool cosine_first = false;
    std::vector<float> w;  // frequencies()
};

struct CpuFourierEmbedding {
    Value t, out;
    int32_t channels = 0;
    const float* w = nullptr;  // [channels], kept by the model's Weights
};

struct CpuLabelEmbedding {
    Value label, out;
    int32_t channels = 0;
    const float* table = nullptr;  // [rows, channels], kept by the model's Weights
};

CpuTimestepEmbedding lower(const TimestepEmbedding& op, Value out, const Shapes& shapes, Weights& weights, Isa isa);
CpuFourierEmbedding lower(const FourierEmbedding& op, Value out, const Shapes& shapes, Weights& weights, Isa isa);
CpuLabelEmbedding lower(const LabelEmbedding& op, Value out, const Shapes& shapes, Weights& weights, Isa isa);
CpuNeeds needs(const CpuTimestepEmbedding& op);
CpuNeeds needs(const CpuFourierEmbedding& op);
CpuNeeds needs(const CpuLabelEmbedding& op);
std::string algorithm(const CpuTimestepEmbedding& op);
std::string algorithm(const CpuFourierEmbedding& op);
std::string algorithm(const CpuLabelEmbedding& op);
void run(const CpuTimestepEmbedding& op, const CpuLaunch& launch);
void run(const CpuFourierEmbedding& op, const CpuLaunch& launch);
void run(const CpuLabelEmbedding& op, const CpuLaunch& launch);

}  // namespace lgv
