// GroupNorm on the CPU: own kernels, statistics by channel in double, a task for each (image, block of whole groups).
#pragma once

#include <cstdint>
#include <string>

#include "ops/cpu.h"
#include "ops/group_norm/group_norm.h"

namespace lgv {

class Weights;
struct GroupNormKernels;

struct CpuGroupNorm {
    GroupNorm op;
    Value out;
    const GroupNormKernels* kernels = nullptr;
    const float* gamma = nullptr;
    const float* beta = nullptr;
    int64_t pixels = 0;  // of an image
    int64_t c1 = 0, c2 = 0;
    int64_t groups_per_task = 1;
    Isa isa = Isa::avx2;
};

CpuGroupNorm lower(const GroupNorm& op, Value out, const Shapes& shapes, Weights& weights, Isa isa);
CpuNeeds needs(const CpuGroupNorm& op);
std::string algorithm(const CpuGroupNorm& op);
void run(const CpuGroupNorm& op, const CpuLaunch& launch);

}  // namespace lgv
