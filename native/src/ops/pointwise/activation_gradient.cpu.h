// The derivative of an activation on the CPU, 16 Ki numbers a task.
#pragma once

#include <cstdint>
#include <string>

#include "ops/cpu.h"
#include "ops/pointwise/activation_gradient.h"

namespace lgv {

class Weights;
struct PointwiseKernels;

struct CpuActivationGradient {
    ActivationGradient op;
    const PointwiseKernels* kernels = nullptr;
    int64_t size = 0;  // numbers of an image
    Isa isa = Isa::avx2;
};

CpuActivationGradient lower(const ActivationGradient& op, const Shapes& shapes, Weights& weights, Isa isa);
CpuNeeds needs(const CpuActivationGradient& op);
std::string algorithm(const CpuActivationGradient& op);
void run(const CpuActivationGradient& op, const CpuLaunch& launch);

}  // namespace lgv
