// Convolution on the CPU: one of several algorithms, chosen by the shape of one image and the instruction set, never by rows or threads.
#pragma once

#include <memory>
#include <string>

#include "ops/conv/conv.h"
#include "ops/cpu.h"

namespace lgv {

struct DirectConv;

enum class ConvAlgorithm { direct };

struct CpuConv2d {
    Conv2d op;
    Value out;
    ConvAlgorithm algorithm = ConvAlgorithm::direct;
    std::shared_ptr<const DirectConv> direct;
};

ConvAlgorithm choose(const Conv2d& op, const Shape& x, const Shape& y, Isa isa);

CpuConv2d lower(const Conv2d& op, Value out, const Shapes& shapes, Weights& weights, Isa isa);
CpuNeeds needs(const CpuConv2d& conv);
std::string algorithm(const CpuConv2d& conv);  // "direct avx512"
void run(const CpuConv2d& conv, const CpuLaunch& launch);

}  // namespace lgv
