// The derivatives of a convolution on the CPU.
//
// Data: the direct convolution (conv_direct.h) over dy, with weights transposed and turned round. Its bits are those of one image.
// Weights: a kernel of its own (conv_weight_gradient.h), sums over images. Their order is fixed by the shapes and the number of live rows.
#pragma once

#include <memory>
#include <string>

#include "ops/conv/conv_gradient.h"
#include "ops/cpu.h"

namespace lgv {

struct DirectConv;
struct WeightGradient;

struct CpuConv2dDataGradient {
    Conv2dDataGradient op;
    std::shared_ptr<const DirectConv> dx, dx2;  // null where the derivative is not wanted
};

CpuConv2dDataGradient lower(const Conv2dDataGradient& op, const Shapes& shapes, Weights& weights, Isa isa);
CpuNeeds needs(const CpuConv2dDataGradient& gradient);
std::string algorithm(const CpuConv2dDataGradient& gradient);  // "direct avx512"
void run(const CpuConv2dDataGradient& gradient, const CpuLaunch& launch);

struct CpuConv2dWeightGradient {
    Conv2dWeightGradient op;
    std::shared_ptr<const WeightGradient> plan;
};

CpuConv2dWeightGradient lower(const Conv2dWeightGradient& op, const Shapes& shapes, Weights& weights, Isa isa);
CpuNeeds needs(const CpuConv2dWeightGradient& gradient);
std::string algorithm(const CpuConv2dWeightGradient& gradient);  // "tiles avx512, 4 slices"
void run(const CpuConv2dWeightGradient& gradient, const CpuLaunch& launch);

}  // namespace lgv
