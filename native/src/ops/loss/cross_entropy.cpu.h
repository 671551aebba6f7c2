// The cross-entropy on the CPU: a few numbers an image, so one thread and one form for every instruction set, in double.
#pragma once

#include <cstdint>
#include <string>

#include "ops/cpu.h"
#include "ops/loss/cross_entropy.h"

namespace lgv {

class Weights;

struct CpuCrossEntropy {
    CrossEntropy op;
    int64_t classes = 0;
};

CpuCrossEntropy lower(const CrossEntropy& op, const Shapes& shapes, Weights& weights, Isa isa);
CpuNeeds needs(const CpuCrossEntropy& op);
std::string algorithm(const CpuCrossEntropy& op);
void run(const CpuCrossEntropy& op, const CpuLaunch& launch);

}  // namespace lgv
