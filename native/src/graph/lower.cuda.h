// From what an op means to what a launch on a GPU is. The result depends on the list, the shapes of one image, the types and the target: never on rows.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "graph/fuse.cuda.h"
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

// An op for each node, in the list's order; one may be several launches. Error::unsupported for ops of a training.
std::vector<CudaOp> lower(const CudaList& plan, CudaWeights& weights, const CudaTarget& target);

// What the op reads and writes besides the values of its node: moments and factors that launches hand each other. The first op that has one writes it.
std::vector<Value> shared_values(const CudaOp& op);

// False where those who read the node's output make it for themselves.
bool writes_output(const CudaOp& op);

CudaNeeds needs(const CudaOp& op);
std::string algorithm(const CudaOp& op);
void run(const CudaOp& op, const CudaLaunch& launch);

}  // namespace lgv
