// The derivative of Affine on the CPU. One form for every instruction set, as for the op itself (affine.cpu.h).
#pragma once

#include <cstdint>
#include <string>

#include "ops/affine/affine_gradient.h"
#include "ops/cpu.h"

namespace lgv {

class Weights;

struct CpuAffineGradient {
    AffineGradient op;
    int64_t pixels = 0;  // of an image
    int64_t c1 = 0, c2 = 0;
};

CpuAffineGradient lower(const AffineGradient& op, const Shapes& shapes, Weights& weights, Isa isa);
CpuNeeds needs(const CpuAffineGradient& op);
std::string algorithm(const CpuAffineGradient& op);
void run(const CpuAffineGradient& op, const CpuLaunch& launch);

}  // namespace lgv
