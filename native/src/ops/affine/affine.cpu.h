// Affine on the CPU. One form for every instruction set: a product, a sum and a quotient are the same bits everywhere.
#pragma once

#include <cstdint>
#include <string>

#include "ops/affine/affine.h"
#include "ops/cpu.h"

namespace lgv {

class Weights;

struct CpuAffine {
    Affine op;
    Value out;
    int64_t pixels = 0;  // of an image
    int64_t c1 = 0, c2 = 0;
};

CpuAffine lower(const Affine& op, Value out, const Shapes& shapes, Weights& weights, Isa isa);
CpuNeeds needs(const CpuAffine& op);
std::string algorithm(const CpuAffine& op);
void run(const CpuAffine& op, const CpuLaunch& launch);

}  // namespace lgv
