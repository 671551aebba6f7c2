// From what an op means to what a launch is. This is where a backend chooses algorithms, packs weights and, where it pays, fuses neighbours.
// The result depends on the list, the shapes of one image and the instruction set alone: never on rows or threads.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "graph/op_list.h"
#include "ops/affine/affine.cpu.h"
#include "ops/affine/affine_gradient.cpu.h"
#include "ops/attention/attention.cpu.h"
#include "ops/attention/attention_gradient.cpu.h"
#include "ops/conv/conv.cpu.h"
#include "ops/conv/conv_gradient.cpu.h"
#include "ops/cpu.h"
#include "ops/dropout/dropout.cpu.h"
#include "ops/embedding/embedding.cpu.h"
#include "ops/embedding/embedding_gradient.cpu.h"
#include "ops/group_norm/group_norm.cpu.h"
#include "ops/group_norm/group_norm_gradient.cpu.h"
#include "ops/linear/linear.cpu.h"
#include "ops/linear/linear_gradient.cpu.h"
#include "ops/loss/cross_entropy.cpu.h"
#include "ops/loss/squared_error.cpu.h"
#include "ops/pointwise/activation_gradient.cpu.h"
#include "ops/pointwise/scaled.cpu.h"
#include "ops/pool/mean_pixels.cpu.h"
#include "ops/pool/mean_pixels_gradient.cpu.h"
#include "ops/resample/resample.cpu.h"
#include "ops/resample/resample_gradient.cpu.h"
#include "ops/weights.h"

namespace lgv {

using CpuOp = std::variant<CpuConv2d, CpuGroupNorm, CpuLinear, CpuAttention, CpuResample, CpuAffine, CpuMeanPixels, CpuTimestepEmbedding,
                           CpuFourierEmbedding, CpuLabelEmbedding, CpuDropout, CpuSquaredError, CpuCrossEntropy, CpuConv2dDataGradient,
                           CpuConv2dWeightGradient, CpuGroupNormGradient, CpuLinearDataGradient, CpuLinearWeightGradient, CpuAttentionGradient,
                           CpuResampleGradient, CpuAffineGradient, CpuMeanPixelsGradient, CpuLabelEmbeddingGradient, CpuDropoutGradient,
                           CpuActivationGradient, CpuScaled>;

// One launch a node, in the list's order.
std::vector<CpuOp> lower(const OpList& list, Weights& weights, Isa isa);

CpuNeeds needs(const CpuOp& op);
std::string algorithm(const CpuOp& op);
void run(const CpuOp& op, const CpuLaunch& launch);

}  // namespace lgv
