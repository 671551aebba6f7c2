// Attention's gradient on the CPU, for each (image, head), a unit, by chunks of 64 query rows or as many as have a P that fits the cache (all up to L = 256):
//     1. K^T, V^T, K are packed into panels (ops/gemm), and the chunk's rows of q and dy
//     2. each block of query rows: P and dS in the thread's scratch, dq = dS K; P^T and dS^T go to the unit's workspace
//     3. each block of keys: dv += P^T dy, dk += dS^T q
// Chunks follow one another in ascending order and are fixed by L, so every element of dq, dk and dv is one sum in an order of its own: it is the same
// whether a thread takes a whole unit (where there are enough of them) or threads share a unit's blocks.
#pragma once

#include <cstdint>
#include <string>

#include "ops/attention/attention_gradient.h"
#include "ops/cpu.h"

namespace lgv {

class Weights;
struct AttentionGradientKernels;
struct GemmKernels;
struct SoftmaxKernels;

struct CpuAttentionGradient {
    AttentionGradient op;
    const GemmKernels* gemm = nullptr;
    const SoftmaxKernels* softmax = nullptr;
    const AttentionGradientKernels* kernels = nullptr;
    int64_t length = 0;     // L
    int64_t head_size = 0;  // D
    int64_t chunks = 1;
    int64_t block_rows = 0;      // of queries, or of keys
    int64_t units_together = 1;  // that the workspace holds
    Isa isa = Isa::avx2;
};

CpuAttentionGradient lower(const AttentionGradient& op, const Shapes& shapes, Weights& weights, Isa isa);
CpuNeeds needs(const CpuAttentionGradient& op);
std::string algorithm(const CpuAttentionGradient& op);
void run(const CpuAttentionGradient& op, const CpuLaunch& launch);

}  // namespace lgv
