// The derivative of resampling on the CPU: a task for each row of x, a pixel at a time over its channels, gathered from the outputs that read it.
#pragma once

#include <cstdint>
#include <string>

#include "ops/cpu.h"
#include "ops/resample/resample_gradient.h"

namespace lgv {

class Weights;
struct ResampleKernels;

struct CpuResampleGradient {
    ResampleGradient op;
    const ResampleKernels* kernels = nullptr;
    int64_t h = 0, w = 0, channels = 0;  // of an image of x
    int64_t out_h = 0, out_w = 0;        // of dy
    Isa isa = Isa::avx2;
};

CpuResampleGradient lower(const ResampleGradient& op, const Shapes& shapes, Weights& weights, Isa isa);
CpuNeeds needs(const CpuResampleGradient& op);
std::string algorithm(const CpuResampleGradient& op);
void run(const CpuResampleGradient& op, const CpuLaunch& launch);

}  // namespace lgv
