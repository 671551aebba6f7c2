// Linear on the CPU: the own matrix product of ops/gemm over all pixels of all images as one matrix, the weight in panels.
#pragma once

#include <cstdint>
#include <string>

#include "ops/cpu.h"
#include "ops/linear/linear.h"

namespace lgv {

class Weights;
struct GemmCall;
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

// What the derivatives share with it (linear_gradient.cpu.cpp). A weight is [K, C], or [K, C, 1, 1] where a checkpoint writes it as a 1x1 convolution.
void check_weight(const Linear& op, int64_t in_channels, const Weights& weights);

// The whole product, cut into tasks for the team: bands of rows, and groups of panels where the bands are too few. No bit depends on the cut (gemm.h).
void run_parts(const GemmCall& whole, const GemmKernels& kernels, ThreadTeam& team);

}  // namespace lgv
