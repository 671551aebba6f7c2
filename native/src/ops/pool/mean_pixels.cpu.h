// The mean over pixels on the CPU, a task for each image. One form for every instruction set: sums in double, pixel after pixel, are the same bits everywhere.
#pragma once

#include <cstdint>
#include <string>

#include "ops/cpu.h"
#include "ops/pool/mean_pixels.h"

namespace lgv {

class Weights;

struct CpuMeanPixels {
    MeanPixels op;
    Value out;
    int64_t pixels = 0, channels = 0;
};

CpuMeanPixels lower(const MeanPixels& op, Value out, const Shapes& shapes, Weights& weights, Isa isa);
CpuNeeds needs(const CpuMeanPixels& op);
std::string algorithm(const CpuMeanPixels& op);
void run(const CpuMeanPixels& op, const CpuLaunch& launch);

}  // namespace lgv
