// A network as a list of ops: what a model's forward pass emits, and what everything else is derived from (lowered list, memory plan,
// program, dump, costs). Static: every shape is known when an op is emitted, and wrong ones are refused there, by the op's name.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "ops/affine/affine.h"
#include "ops/attention/attention.h"
#include "ops/conv/conv.h"
#include "ops/embedding/embedding.h"
#include "ops/group_norm/group_norm.h"
#include "ops/linear/linear.h"
#include "ops/op.h"
#include "ops/resample/resample.h"

namespace lgv {

using ForwardOp = std::variant<Conv2d, GroupNorm, Linear, Attention, Resample, Affine, TimestepEmbedding, FourierEmbedding, LabelEmbedding>;

// "conv2d", "group_norm" ...
const char* kind_of(const ForwardOp& op);

std::vector<Value> inputs_of(const ForwardOp& op);          // without those that are none
std::vector<Parameter> parameters_of(const ForwardOp& op);  // likewise
Shape output_shape(const ForwardOp& op, const Shapes& shapes);
Cost cost(const ForwardOp& op, const Shapes& shapes);
void reference(const ForwardOp& op, const ReferenceLaunch& launch);

struct Node {
    std::string name;  // of the layer: "down_blocks.0.resnets.0.conv1"
    ForwardOp op;
    Value out;
};

struct ParameterInfo {
    std::string name;  // of the tensor in the file: "down_blocks.0.resnets.0.conv1.weight"
    std::vector<int64_t> shape;
};

struct OpList {
    std::vector<Node> nodes;
    std::vector<ParameterInfo> parameters;
    Shapes shapes;              // of every value
    std::vector<Value> inputs;  // values that no op makes
    Value output;

    Value input(const Shape& shape);
    Parameter parameter(std::string name, std::vector<int64_t> shape);
    Value emit(std::string name, ForwardOp op);

    int64_t parameter_elements() const;
};

// Runs the list with the reference forms, every value in memory of its own: the oracle of whole programs. `inputs` in the list's order.
std::vector<float> run_reference(const OpList& list, const Weights& weights, const std::vector<std::vector<float>>& inputs);

}  // namespace lgv
