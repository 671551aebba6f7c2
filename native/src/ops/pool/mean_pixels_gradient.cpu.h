// The derivative of the mean over pixels on the CPU, a task for each image. One form for every instruction set.
#pragma once

#include <cstdint>
#include <string>

#include "ops/cpu.h"
#include "ops/pool/mean_pixels_gradient.h"

namespace lgv {

class Weights;

struct CpuMeanPixelsGradient {
    MeanPixelsGradient op;
    int64_t pixels = 0, channels = 0;
};

CpuMeanPixelsGradient lower(const MeanPixelsGradient& op, const Shapes& shapes, Weights& weights, Isa isa);
CpuNeeds needs(const CpuMeanPixelsGradient& op);
std::string algorithm(const CpuMeanPixelsGradient& op);
void run(const CpuMeanPixelsGradient& op, const CpuLaunch& launch);

}  // namespace lgv
