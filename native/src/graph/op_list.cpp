#include "graph/op_list.h"

#include <cstring>

#include "base/error.h"

namespace lgv {

namespace {

const char* kind(const Conv2d&) { return "conv2d"; }
const char* kind(const GroupNorm&) { return "group_norm"; }
const char* kind(const Linear&) { return "linear"; }
const char* kind(const Attention&) { return "attention"; }
const char* kind(const Resample&) { return "resample"; }
const char* kind(const Affine&) { return "affine"; }
const char* kind(const MeanPixels&) { return "mean_pixels"; }
const char* kind(const TimestepEmbedding&) { return "timestep_embedding"; }
const char* kind(const FourierEmbedding&) { return "fourier_embedding"; }
const char* kind(const LabelEmbedding&) { return "label_embedding"; }
const char* kind(const Dropout&) { return "dropout"; }
const char* kind(const SquaredError&) { return "squared_error"; }
const char* kind(const CrossEntropy&) { return "cross_entropy"; }
const char* kind(const Conv2dDataGradient&) { return "conv2d_data_gradient"; }
const char* kind(const Conv2dWeightGradient&) { return "conv2d_weight_gradient"; }
const char* kind(const GroupNormGradient&) { return "group_norm_gradient"; }
const char* kind(const LinearDataGradient&) { return "linear_data_gradient"; }
const char* kind(const LinearWeightGradient&) { return "linear_weight_gradient"; }
const char* kind(const AttentionGradient&) { return "attention_gradient"; }
const char* kind(const ResampleGradient&) { return "resample_gradient"; }
const char* kind(const AffineGradient&) { return "affine_gradient"; }
const char* kind(const MeanPixelsGradient&) { return "mean_pixels_gradient"; }
const char* kind(const LabelEmbeddingGradient&) { return "label_embedding_gradient"; }
const char* kind(const DropoutGradient&) { return "dropout_gradient"; }
const char* kind(const ActivationGradient&) { return "activation_gradient"; }
const char* kind(const Scaled&) { return "scaled"; }

template <class List>
auto present(const List& list) {
    std::vector<typename List::value_type> kept;
    for (const auto& item : list) {
        if (item) kept.push_back(item);
    }
    return kept;
}

}  // namespace

const char* kind_of(const Op& op) {
    return visit_op([](const auto& o) { return kind(o); }, op);
}

std::vector<Value> inputs_of(const Op& op) {
    return visit_op([](const auto& o) { return present(o.inputs()); }, op);
}

std::vector<Value> outputs_of(const Node& node) {
    if (std::holds_alternative<ForwardOp>(node.op)) return {node.out};
    std::vector<Value> values;
    const auto collect = [&](const auto& op) {
        for (const Gradient gradient : op.outputs()) {
            if (gradient) values.push_back(gradient.value);
        }
    };
    std::visit(collect, std::get<BackwardOp>(node.op));
    return values;
}

std::vector<Parameter> parameters_of(const Op& op) {
    return visit_op([](const auto& o) { return present(o.parameters()); }, op);
}

Shape output_shape(const ForwardOp& op, const Shapes& shapes) {
    return std::visit([&](const auto& o) { return output_shape(o, shapes); }, op);
}

Cost cost(const Op& op, const Shapes& shapes) {
    return visit_op([&](const auto& o) { return cost(o, shapes); }, op);
}

template <class Real>
void reference(const Node& node, const ReferenceLaunchOf<Real>& launch) {
    visit_op([&](const auto& o) { reference(o, launch); }, node.op);
}
template void reference(const Node&, const ReferenceLaunchOf<float>&);
template void reference(const Node&, const ReferenceLaunchOf<double>&);

Value OpList::input(const Shape& shape) {
    inputs.push_back(value(shape));
    return inputs.back();
}

Value OpList::value(const Shape& shape) {
    shapes.all.push_back(shape);
    return {int32_t(shapes.all.size()) - 1};
}

Parameter OpList::parameter(std::string name, std::vector<int64_t> shape) {
    parameters.push_back({std::move(name), std::move(shape)});
    return {int32_t(parameters.size()) - 1};
}

Value OpList::emit(std::string name, ForwardOp op) {
    Shape shape;
    try {
        shape = output_shape(op, shapes);
    } catch (const Error& error) {
        throw Error(error.code(), name + ": " + error.what());
    }
    const Value out = value(shape);
    nodes.push_back({std::move(name), std::move(op), out});
    return out;
}

void OpList::append(std::string name, BackwardOp op) { nodes.push_back({std::move(name), std::move(op), Value{}}); }

int64_t OpList::parameter_elements() const {
    int64_t total = 0;
    for (const ParameterInfo& info : parameters) total += info.elements();
    return total;
}

std::vector<int64_t> OpList::parameter_offsets() const {
    std::vector<int64_t> offsets;
    int64_t next = 0;
    for (const ParameterInfo& info : parameters) {
        offsets.push_back(next);
        next += info.elements();
    }
    return offsets;
}

std::vector<float> run_reference(const OpList& list, const Weights& weights, const std::vector<std::vector<float>>& inputs, std::vector<float>* gradients) {
    std::vector<std::vector<float>> memory(list.shapes.all.size());
    std::vector<float*> values;
    for (size_t i = 0; i < memory.size(); ++i) {
        memory[i].resize(size_t(list.shapes.all[i].elements()));
        values.push_back(memory[i].data());
    }
    for (size_t i = 0; i < list.inputs.size(); ++i) {
        std::vector<float>& room = memory[size_t(list.inputs[i].id)];
        expect(inputs[i].size() == room.size(), Code::argument, "input ", i, " holds ", inputs[i].size(), " numbers, its shape wants ", room.size());
        std::memcpy(room.data(), inputs[i].data(), room.size() * sizeof(float));
    }
    std::vector<float*> sums;
    if (gradients != nullptr) {
        for (const int64_t offset : list.parameter_offsets()) sums.push_back(gradients->data() + offset);
    }
    for (const Node& node : list.nodes) reference(node, ReferenceLaunch{values, list.shapes, weights, node.out, sums});
    return memory[size_t(list.output.id)];
}

}  // namespace lgv
