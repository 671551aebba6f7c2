// Scaled on the CPU, 16 Ki numbers a task.
#pragma once

#include <cstdint>
#include <string>

#include "ops/cpu.h"
#include "ops/pointwise/scaled.h"

namespace lgv {

class Weights;
struct PointwiseKernels;

struct CpuScaled {
    Scaled op;
    const PointwiseKernels* kernels = nullptr;
    int64_t size = 0;  // numbers of an image
    Isa isa = Isa::avx2;
};

CpuScaled lower(const Scaled& op, const Shapes& shapes, Weights& weights, Isa isa);
CpuNeeds needs(const CpuScaled& op);
std::string algorithm(const CpuScaled& op);
void run(const CpuScaled& op, const CpuLaunch& launch);

}  // namespace lgv
