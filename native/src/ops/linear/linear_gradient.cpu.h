// The derivatives of Linear on the CPU. dx: the own matrix product of ops/gemm, dy by the weight itself, which is in panels by its rows as the forward pass
// has it by its columns. dw: tiles of the product of dy^T and x in registers, added block by block of pixels (linear_gradient_kernels.h).
#pragma once

#include <cstdint>
#include <string>

#include "ops/cpu.h"
#include "ops/linear/linear_gradient.h"

namespace lgv {

class Weights;
struct GemmKernels;
struct LinearGradientKernels;

struct CpuLinearDataGradient {
    LinearDataGradient op;
    const GemmKernels* kernels = nullptr;
    const float* panels = nullptr;  // of the weight times `scale`
    int64_t pixels = 0;             // of an image
    int64_t in_channels = 0;
    Isa isa = Isa::avx2;
};

struct CpuLinearWeightGradient {
    LinearWeightGradient op;
    const LinearGradientKernels* kernels = nullptr;
    int64_t pixels = 0;
    int64_t in_channels = 0;
    Isa isa = Isa::avx2;
};

CpuLinearDataGradient lower(const LinearDataGradient& op, const Shapes& shapes, Weights& weights, Isa isa);
CpuLinearWeightGradient lower(const LinearWeightGradient& op, const Shapes& shapes, Weights& weights, Isa isa);
CpuNeeds needs(const CpuLinearDataGradient& op);
CpuNeeds needs(const CpuLinearWeightGradient& op);
std::string algorithm(const CpuLinearDataGradient& op);
std::string algorithm(const CpuLinearWeightGradient& op);
void run(const CpuLinearDataGradient& op, const CpuLaunch& launch);
void run(const CpuLinearWeightGradient& op, const CpuLaunch& launch);

}  // namespace lgv
