// The derivative of the label embedding on the CPU: rows added to a table, image after image, by one thread. One form for every instruction set.
#pragma once

#include <string>

#include "ops/cpu.h"
#include "ops/embedding/embedding_gradient.h"

namespace lgv {

class Weights;

struct CpuLabelEmbeddingGradient {
    LabelEmbeddingGradient op;
};

CpuLabelEmbeddingGradient lower(const LabelEmbeddingGradient& op, const Shapes& shapes, Weights& weights, Isa isa);
CpuNeeds needs(const CpuLabelEmbeddingGradient& op);
std::string algorithm(const CpuLabelEmbeddingGradient& op);
void run(const CpuLabelEmbeddingGradient& op, const CpuLaunch& launch);

}  // namespace lgv
