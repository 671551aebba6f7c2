#include "graph/autograd.h"

namespace lgv {

namespace {

bool is_trained(const ForwardOp& op) { return !std::holds_alternative<FourierEmbedding>(op) && !parameters_of(op).empty(); }

}  // namespace

std::vector<bool> trained_parameters(const OpList& list) {
    std::vector<bool> trained(list.parameters.size(), false);
    for (const Node& node : list.nodes) {
        const auto* op = std::get_if<ForwardOp>(&node.op);
        if (op == nullptr || !is_trained(*op)) continue;
        for (const Parameter parameter : parameters_of(*op)) trained[size_t(parameter.id)] = true;
    }
    return trained;
}

Backward::Backward(OpList& list, Value output, Value output_gradient) : list_(list), wanted_(list.shapes.all.size()), gradients_(list.shapes.all.size()) {
    for (const Node& node : list.nodes) {
        const auto* op = std::get_if<ForwardOp>(&node.op);
        if (op == nullptr) continue;
        bool wanted = is_trained(*op);
        for (const Value input : inputs_of(*op)) wanted = wanted || wanted_[size_t(input.id)];
        wanted_[size_t(node.out.id)] = wanted;
    }
    gradients_[size_t(output.id)] = output_gradient;
}

Value Backward::gradient(Value value) const { return gradients_[size_t(value.id)]; }

Gradient Backward::into(Value value) {
    if (!value || !wanted_[size_t(value.id)]) return {};
    Value& there = gradients_[size_t(value.id)];
    if (there) return {there, true};
    there = fresh(value);
    return {there, false};
}

void Backward::pass(const std::string& name, Value derivative, float scale, Value value) {
    if (!value || !wanted_[size_t(value.id)]) return;
    Value& there = gradients_[size_t(value.id)];
    if (!there && scale == 1) {
        there = derivative;
    } else {
        append(name, Scaled{.x = derivative, .scale = scale, .out = into(value)});
    }
}

Value Backward::again(const std::string& name, ForwardOp op) { return list_.emit(name + " again", std::move(op)); }

TrainingValues differentiate(OpList& list) {
    const Value output = list.output;
    const Shape shape = list.shapes[output];
    const std::vector<Node> forward = list.nodes;
    const Value dout = list.value(shape);
    const Shape one{shape.n, 1, 1, 1};
    const TrainingValues made{.target = list.input(list.loss == Loss::cross_entropy ? one : shape), .weight = list.input(one), .loss = list.value(one)};
    Backward backward(list, output, dout);
    switch (list.loss) {
        case Loss::squared_error:
            list.append("loss", SquaredError{.out = output, .target = made.target, .weight = made.weight, .loss = {made.loss}, .dout = {dout}});
            break;
        case Loss::cross_entropy:
            list.append("loss", CrossEntropy{.logits = output, .label = made.target, .weight = made.weight, .loss = {made.loss}, .dlogits = {dout}});
            break;
    }
    for (size_t i = forward.size(); i-- > 0;) {
        const Value dy = backward.gradient(forward[i].out);
        if (dy) differentiate(std::get<ForwardOp>(forward[i].op), forward[i].name, dy, backward);
    }
    list.output = made.loss;
    return made;
}

}  // namespace lgv
