// From what an op means to what a launch on a GPU is. The result depends on the list, the shapes of one image, the types and the target: never on rows.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "graph/op_list.h"
#include "ops/affine/affine.cuda.h"
#include "ops/attention/attention.cuda.h"
#include "ops/conv/conv.cuda.h"
#include "ops/cuda.h"
#include "ops/cuda_weights.h"
#include "ops/embedding/embedding.cuda.h"
#include "ops/group_norm/group_norm.cuda.h"
#include "ops/linear/linear.cuda.h"
#include "ops/pool/mean_pixels.cuda.h"
#include "ops/resample/resample.cuda.h"

namespace lgv {

using CudaOp = std::variant<CudaConv2d, CudaGroupNorm, CudaLinear, CudaAttention, CudaResample, CudaAffine, CudaMeanPixels, CudaTimestepEmbedding, CudaFourierEmbedding, CudaLabelEmbedding>;

// The type of every value of a program that computes in `type`: labels are int32, and what networks take in and give out is float32 where the op beside it can
// read or write that.
CudaTypes types_of(const OpList& list, CudaType type);

// One launch a node, in the list's order. Error::unsupported for ops of a training.
std::vector<CudaOp> lower(const OpList& list, const CudaTypes& types, CudaWeights& weights, const CudaTarget& target);

CudaNeeds needs(const CudaOp& op);
std::string algorithm(const CudaOp& op);
void run(const CudaOp& op, const CudaLaunch& launch);

}  // namespace lgv
