// Attention on the CPU: for each (image, head) K^T and V are packed into panels (ops/gemm) in the workspace, then a task for each block of query rows
// computes its scores, their softmax and their product with V in the thread's scratch. As many (image, head) as the workspace holds go together.
#pragma once

#include <cstdint>
#include <string>

#include "ops/attention/attention.h"
#include "ops/cpu.h"

namespace lgv {

class Weights;
struct GemmKernels;
struct SoftmaxKernels;

struct CpuAttention {
    Attention op;
    Value out;
    const GemmKernels* gemm = nullptr;
    const SoftmaxKernels* softmax = nullptr;
    int64_t length = 0;    // L
    int64_t head_size = 0;  // D
    int64_t block_rows = 0;
    int64_t units_together = 1;  // of (image, head)
    Isa isa = Isa::avx2;
};

CpuAttention lower(const Attention& op, Value out, const Shapes& shapes, Weights& weights, Isa isa);
CpuNeeds needs(const CpuAttention& op);
std::string algorithm(const CpuAttention& op);
void run(const CpuAttention& op, const CpuLaunch& launch);

}  // namespace lgv
