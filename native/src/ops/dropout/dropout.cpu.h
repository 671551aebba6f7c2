// Dropout and its derivative on the CPU: the same sweep over x and over dy, a task for 16 Ki elements of an image. The mask is made as it is used.
#pragma once

#include <cstdint>
#include <string>

#include "ops/cpu.h"
#include "ops/dropout/dropout.h"

namespace lgv {

class Weights;
struct DropoutKernels;

struct CpuDropout {
    Dropout op;
    Value out;
    const DropoutKernels* kernels = nullptr;
    int64_t size = 0;  // elements of an image
    Isa isa = Isa::avx2;
};

struct CpuDropoutGradient {
    DropoutGradient op;
    const DropoutKernels* kernels = nullptr;
    int64_t size = 0;
    Isa isa = Isa::avx2;
};

CpuDropout lower(const Dropout& op, Value out, const Shapes& shapes, Weights& weights, Isa isa);
CpuDropoutGradient lower(const DropoutGradient& op, const Shapes& shapes, Weights& weights, Isa isa);
CpuNeeds needs(const CpuDropout& op);
CpuNeeds needs(const CpuDropoutGradient& op);
std::string algorithm(const CpuDropout& op);
std::string algorithm(const CpuDropoutGradient& op);
void run(const CpuDropout& op, const CpuLaunch& launch);
void run(const CpuDropoutGradient& op, const CpuLaunch& launch);

}  // namespace lgv
