// The squared error on the CPU, a task for each image. One form for every instruction set: sum, square and product in double are the same bits everywhere.
// The sum is one chain of additions, about a nanosecond an element; what a picture has is a thousandth of what its network costs.
#pragma once

#include <cstdint>
#include <string>

#include "ops/cpu.h"
#include "ops/loss/squared_error.h"

namespace lgv {

class Weights;

struct CpuSquaredError {
    SquaredError op;
    int64_t size = 0;  // elements of an image
};

CpuSquaredError lower(const SquaredError& op, const Shapes& shapes, Weights& weights, Isa isa);
CpuNeeds needs(const CpuSquaredError& op);
std::string algorithm(const CpuSquaredError& op);
void run(const CpuSquaredError& op, const CpuLaunch& launch);

}  // namespace lgv
