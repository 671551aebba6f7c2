// From a forward pass to a training pass: the same list, longer. Behind the forward ops come the loss and, last op first, what gradient_rules.cpp says of
// each. The derivative of a value that several ops read is summed in place: the first op that knows a part writes it, later ones add to it.
#pragma once

#include "graph/op_list.h"

namespace lgv {

// What differentiate() has added. All of it belongs to the list.
struct TrainingValues {
    Value target;  // an input, what the network's output should have been: [N, H, W, C] as that, or of a cross-entropy [N, 1, 1, 1] int32, the label
    Value weight;  // [N, 1, 1, 1], an input: of each image's loss
    Value loss;    // [N, 1, 1, 1]: weight * the list's loss; the list's output from now on
};

// Derivatives are those of the sum of loss over the images. Values that no trained parameter reaches (the pictures, the timestep) have none.
TrainingValues differentiate(OpList& list);

// False for what an optimizer leaves as it is: the frequencies of a Fourier embedding.
std::vector<bool> trained_parameters(const OpList& list);

// What a gradient rule sees of the backward pass so far.
class Backward {
public:
    Backward(OpList& list, Value output, Value output_gradient);

    // The derivative of the loss with respect to a value, complete when the value's own op has its turn. none: nothing depends on it.
    Value gradient(Value value) const;

    // Where an op puts its part of that derivative. none where nobody wants it.
    Gradient into(Value value);

    // The value's derivative is `scale` times another's, which nobody needs afterwards: shared where it can be, else scaled or added.
    void pass(const std::string& name, Value derivative, float scale, Value value);

    void append(const std::string& name, BackwardOp op) { list_.append(name + " gradient", std::move(op)); }

    // A forward op once more, for what its output did not keep.
    Value again(const std::string& name, ForwardOp op);

    // A value of the same shape.
    Value fresh(Value like) { return list_.value(Shape(list_.shapes[like])); }

private:
    OpList& list_;
    std::vector<bool> wanted_;      // of each value: a trained parameter reaches it
    std::vector<Value> gradients_;  // of each value
};

// The rules: what the derivative of an op's inputs and parameters is, given that of its output.
void differentiate(const ForwardOp& op, const std::string& name, Value dy, Backward& backward);

}  // namespace lgv
