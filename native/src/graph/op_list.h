// A network as a list of ops: what a model's forward pass emits, and what everything else is derived from (lowered list, memory plan,
// program, dump, costs). Static: every shape is known when an op is emitted, and wrong ones are refused there, by the op's name.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "ops/affine/affine_gradient.h"
#include "ops/attention/attention_gradient.h"
#include "ops/conv/conv_gradient.h"
#include "ops/dropout/dropout.h"
#include "ops/embedding/embedding_gradient.h"
#include "ops/group_norm/group_norm_gradient.h"
#include "ops/linear/linear_gradient.h"
#include "ops/loss/cross_entropy.h"
#include "ops/loss/squared_error.h"
#include "ops/op.h"
#include "ops/pointwise/activation_gradient.h"
#include "ops/pointwise/scaled.h"
#include "ops/pool/mean_pixels_gradient.h"
#include "ops/resample/resample_gradient.h"

namespace lgv {

// What a forward pass is written in. Each has a gradient rule (gradient_rules.cpp).
using ForwardOp = std::variant<Conv2d, GroupNorm, Linear, Attention, Resample, Affine, MeanPixels, TimestepEmbedding, FourierEmbedding, LabelEmbedding, Dropout>;

// What the rules, and the loss, are written in. These have none.
using BackwardOp = std::variant<SquaredError, CrossEntropy, Conv2dDataGradient, Conv2dWeightGradient, GroupNormGradient, LinearDataGradient, LinearWeightGradient,
                                AttentionGradient, ResampleGradient, AffineGradient, MeanPixelsGradient, LabelEmbeddingGradient, DropoutGradient,
                                ActivationGradient, Scaled>;

using Op = std::variant<ForwardOp, BackwardOp>;

// Calls f with the op itself, whichever it is.
template <class F>
decltype(auto) visit_op(F&& f, const Op& op) {
    return std::visit([&](const auto& direction) -> decltype(auto) { return std::visit(f, direction); }, op);
}

struct Node {
    std::string name;  // of the layer: "down_blocks.0.resnets.0.conv1"
    Op op;
    Value out;         // of a forward op
};

const char* kind_of(const Op& op);                   // "conv2d", "group_norm" ...
std::vector<Value> inputs_of(const Op& op);          // without those that are none; what a backward op adds to is not among them
std::vector<Value> outputs_of(const Node& node);     // what it writes, or adds to
std::vector<Parameter> parameters_of(const Op& op);  // that a forward op reads, or to whose gradients a backward op adds
Shape output_shape(const ForwardOp& op, const Shapes& shapes);
Cost cost(const Op& op, const Shapes& shapes);

template <class Real>
void reference(const Node& node, const ReferenceLaunchOf<Real>& launch);

struct ParameterInfo {
    std::string name;  // of the tensor in the file: "down_blocks.0.resnets.0.conv1.weight"
    std::vector<int64_t> shape;

    int64_t elements() const {
        int64_t product = 1;
        for (const int64_t extent : shape) product *= extent;
        return product;
    }
};

// What a network is trained with: the squared error of numbers, or the cross-entropy of logits with a label.
enum class Loss { squared_error, cross_entropy };

struct OpList {
    std::vector<Node> nodes;
    std::vector<ParameterInfo> parameters;
    Shapes shapes;              // of every value
    std::vector<Value> inputs;  // values that no op makes
    Value output;
    std::vector<Value> kept;    // others that are read after a launch
    Loss loss = Loss::squared_error;

    Value input(const Shape& shape);
    Value value(const Shape& shape);  // that backward ops will write
    Parameter parameter(std::string name, std::vector<int64_t> shape);
    Value emit(std::string name, ForwardOp op);
    void append(std::string name, BackwardOp op);

    int64_t parameter_elements() const;
    std::vector<int64_t> parameter_offsets() const;  // of each in a flat arena of all, in numbers
};

// Runs the list with the reference forms, every value in memory of its own: the oracle of whole programs. `inputs` in the list's order.
// `gradients`: where the list has a backward pass, a flat arena that it adds to.
std::vector<float> run_reference(const OpList& list, const Weights& weights, const std::vector<std::vector<float>>& inputs, std::vector<float>* gradients = nullptr);

}  // namespace lgv
