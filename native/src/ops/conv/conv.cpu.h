// Convolution on the CPU. The algorithm is chosen by the op, the shape of one image and the instruction set, never by rows or threads.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "ops/conv/conv.h"
#include "ops/cpu.h"

namespace lgv {

struct DirectConv;

// One alternative per algorithm: what lower() prepared, shared by all launches.
using ConvPlan = std::variant<std::shared_ptr<const DirectConv>>;

struct CpuConv2d {
    Conv2d op;
    Value out;
    ConvPlan plan;
};

CpuConv2d lower(const Conv2d& op, Value out, const Shapes& shapes, Weights& weights, Isa isa);
CpuNeeds needs(const CpuConv2d& conv);
std::string algorithm(const CpuConv2d& conv);  // "direct avx512"
void run(const CpuConv2d& conv, const CpuLaunch& launch);

}  // namespace lgv
