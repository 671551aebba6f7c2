// GroupNorm's gradient on the CPU: the tasks of the forward op. A task goes three times over its slice of X, which stays in the cache: statistics (double),
// dz and its sums by channel, dX. dz is kept in dx where that is written, in the thread's scratch where it is added to, so a slope is computed once.
// dgamma and dbeta: each image's sums lie in the workspace in double, then those of the live rows are added up in ascending order.
#pragma once

#include <cstdint>
#include <string>

#include "ops/group_norm/group_norm.cpu.h"
#include "ops/group_norm/group_norm_gradient.h"

namespace lgv {

struct GroupNormGradientKernels;

struct CpuGroupNormGradient {
    GroupNormGradient op;
    CpuGroupNorm forward;  // its cut into tasks, its statistics
    const GroupNormGradientKernels* kernels = nullptr;
    int64_t rows = 0;  // of the program
};

CpuGroupNormGradient lower(const GroupNormGradient& op, const Shapes& shapes, Weights& weights, Isa isa);
CpuNeeds needs(const CpuGroupNormGradient& op);
std::string algorithm(const CpuGroupNormGradient& op);
void run(const CpuGroupNormGradient& op, const CpuLaunch& launch);

}  // namespace lgv
