// Resampling on the CPU: a task for each row of the output, a pixel at a time over its channels.
#pragma once

#include <cstdint>
#include <string>

#include "ops/cpu.h"
#include "ops/resample/resample.h"

namespace lgv {

class Weights;
struct ResampleKernels;

struct CpuResample {
    Resample op;
    Value out;
    const ResampleKernels* kernels = nullptr;
    int64_t h = 0, w = 0, channels = 0;  // of an image of x
    Isa isa = Isa::avx2;
};

CpuResample lower(const Resample& op, Value out, const Shapes& shapes, Weights& weights, Isa isa);
CpuNeeds needs(const CpuResample& op);
std::string algorithm(const CpuResample& op);
void run(const CpuResample& op, const CpuLaunch& launch);

}  // namespace lgv
