#include "graph/lower.cuda.h"

#include <algorithm>
#include <type_traits>

#include "base/error.h"

namespace lgv {

namespace {

// Whether the op reads `value`, an input of the network, in float32 whatever the program's type is.
template <class O>
bool reads_float32(const O& op, Value value) {
    if constexpr (std::is_same_v<O, TimestepEmbedding> || std::is_same_v<O, FourierEmbedding> || std::is_same_v<O, LabelEmbedding>) return true;
    if constexpr (std::is_same_v<O, Affine>) return value == op.divisor || value == op.x;
    if constexpr (std::is_same_v<O, Conv2d>) return value == op.x && !op.x2;
    return false;
}

bool all_read_float32(const OpList& list, Value value) {
    for (const Node& node : list.nodes) {
        for (const Value read : inputs_of(node.op)) {
            if (read == value && !visit_op([&](const auto& op) { return reads_float32(op, value); }, node.op)) return false;
        }
    }
    return true;
}

// Whether the op that makes `value` can do so in float32 whatever the program's type is. A linear layer, a classifier's last, writes what it reads.
bool writes_float32(const OpList& list, Value value) {
    return std::none_of(list.nodes.begin(), list.nodes.end(), [&](const Node& node) {
        const auto* forward = std::get_if<ForwardOp>(&node.op);
        return node.out == value && forward != nullptr && std::holds_alternative<Linear>(*forward);
    });
}

bool is_label(const OpList& list, Value value) {
    for (const Node& node : list.nodes) {
        const auto* forward = std::get_if<ForwardOp>(&node.op);
        if (forward == nullptr) continue;
        const auto* embedding = std::get_if<LabelEmbedding>(forward);
        if (embedding != nullptr && embedding->inputs()[0] == value) return true;
    }
    return false;
}

}  // namespace

CudaTypes types_of(const OpList& list, CudaType type) {
    CudaTypes types{std::vector<CudaType>(list.shapes.all.size(), type)};
    for (const Value value : list.inputs) {
        if (is_label(list, value)) {
            types.all[size_t(value.id)] = CudaType::i32;
        } else if (all_read_float32(list, value)) {
            types.all[size_t(value.id)] = CudaType::f32;
        }
    }
    if (writes_float32(list, list.output)) types.all[size_t(list.output.id)] = CudaType::f32;
    return types;
}

std::vector<CudaOp> lower(const OpList& list, const CudaTypes& types, CudaWeights& weights, const CudaTarget& target) {
    std::vector<CudaOp> ops;
    ops.reserve(list.nodes.size());
    for (const Node& node : list.nodes) {
        const auto* forward = std::get_if<ForwardOp>(&node.op);
        if (forward == nullptr) fail(Code::unsupported, node.name, ": ", kind_of(node.op), " has no CUDA form yet");
        try {
            ops.push_back(std::visit(
                [&](const auto& op) -> CudaOp {
                    if constexpr (std::is_same_v<std::decay_t<decltype(op)>, Dropout>) {
                        fail(Code::unsupported, "dropout has no CUDA form yet");
                    } else {
                        return lower(op, node.out, list.shapes, types, weights, target);
                    }
                },
                *forward));
        } catch (const Error& error) {
            throw Error(error.code(), node.name + ": " + error.what());
        }
    }
    return ops;
}

CudaNeeds needs(const CudaOp& op) {
    return std::visit([](const auto& o) { return needs(o); }, op);
}

std::string algorithm(const CudaOp& op) {
    return std::visit([](const auto& o) { return std::string(algorithm(o)); }, op);
}

void run(const CudaOp& op, const CudaLaunch& launch) {
    std::visit([&](const auto& o) { run(o, launch); }, op);
}

}  // namespace lgv
