// Linear on the CPU: the own matrix product of ops/gemm over all pixels of all images as one matrix, the weight in panels.
#pragma once

#include <cstdint>
#include <string>

#include "ops/cpu.h"
#include "ops/linear/linear.h"

namespace lgv {

class Weights;
struct GemmKernels;

struct CpuLinear {
    Linear op;
    Value out;
    const GemmKernels* kernels = nullptr;
    const float* panels = nullptr;
    const float* bias = nullptr;
    int64_t pixels = 0;  // of an image
    int64_t in_channels = 0;
    Isa isa = Isa::avx2;
};

CpuLinear lower(const Linear& op, Value out, const Shapes& shapes, Weights& weights, Isa isa);
CpuNeeds needs(const CpuLinear& op);
std::string algorithm(const CpuLinear& op);
void run(const CpuLinear& op, const CpuLaunch& launch);

}  // namespace lgv
