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
const char* kind(const TimestepEmbedding&) { return "timestep_embedding"; }
const char* kind(const FourierEmbedding&) { return "fourier_embedding"; }
const char* kind(const LabelEmbedding&) { return "label_embedding"; }

template <class List>
auto present(const List& list) {
    std::vector<typename List::value_type> kept;
    for (const auto& item : list) {
        if (item) kept.push_back(item);
    }
    return kept;
}

}  // namespace

const char* kind_of(const ForwardOp& op) {
    return std::visit([](const auto& o) { return kind(o); }, op);
}

std::vector<Value> inputs_of(const ForwardOp& op) {
    return std::visit([](const auto& o) { return present(o.inputs()); }, op);
}

std::vector<Parameter> parameters_of(const ForwardOp& op) {
    return std::visit([](const auto& o) { return present(o.parameters()); }, op);
}

Shape output_shape(const ForwardOp& op, const Shapes& shapes) {
    return std::visit([&](const auto& o) { return output_shape(o, shapes); }, op);
}

Cost cost(const ForwardOp& op, const Shapes& shapes) {
    return std::visit([&](const auto& o) { return cost(o, shapes); }, op);
}

void reference(const ForwardOp& op, const ReferenceLaunch& launch) {
    std::visit([&](const auto& o) { reference(o, launch); }, op);
}

Value OpList::input(const Shape& shape) {
    shapes.all.push_back(shape);
    inputs.push_back({int32_t(shapes.all.size()) - 1});
    return inputs.back();
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
    shapes.all.push_back(shape);
    const Value out{int32_t(shapes.all.size()) - 1};
    nodes.push_back({std::move(name), std::move(op), out});
    return out;
}

int64_t OpList::parameter_elements() const {
    int64_t total = 0;
    for (const ParameterInfo& info : parameters) {
        int64_t elements = 1;
        for (const int64_t extent : info.shape) elements *= extent;
        total += elements;
    }
    return total;
}

std::vector<float> run_reference(const OpList& list, const Weights& weights, const std::vector<std::vector<float>>& inputs) {
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
    for (const Node& node : list.nodes) reference(node.op, {values, list.shapes, weights, node.out});
    return memory[size_t(list.output.id)];
}

}  // namespace lgv
