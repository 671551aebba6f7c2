#include "graph/lower.cuda.h"

#include <type_traits>

#include "base/error.h"

namespace lgv {

namespace {

template <class O>
void take(O&, const CudaFused&) {}

void take(CudaConv2d& conv, const CudaFused& fused) {
    conv.norm = fused.norm;
    conv.statistics = fused.statistics;
}

void take(CudaGroupNorm& norm, const CudaFused& fused) {
    if (!fused.in_pieces) return;
    norm.slab_channels = 0;
    norm.tiles = fused.tiles[0], norm.tiles2 = fused.tiles[1];
    norm.shared = fused.moments[0], norm.shared2 = fused.moments[1];
    norm.factors = fused.factors;
    norm.applies = fused.applies;
}

}  // namespace

std::vector<CudaOp> lower(const CudaList& plan, CudaWeights& weights, const CudaTarget& target) {
    std::vector<CudaOp> ops;
    ops.reserve(plan.list.nodes.size());
    for (size_t i = 0; i < plan.list.nodes.size(); ++i) {
        const Node& node = plan.list.nodes[i];
        const auto* forward = std::get_if<ForwardOp>(&node.op);
        if (forward == nullptr) fail(Code::unsupported, node.name, ": ", kind_of(node.op), " has no CUDA form yet");
        try {
            ops.push_back(std::visit(
                [&](const auto& op) -> CudaOp {
                    if constexpr (std::is_same_v<std::decay_t<decltype(op)>, Dropout>) {
                        fail(Code::unsupported, "dropout has no CUDA form yet");
                    } else {
                        auto lowered = lower(op, node.out, plan.list.shapes, plan.types, weights, target);
                        take(lowered, plan.fused[i]);
                        return lowered;
                    }
                },
                *forward));
        } catch (const Error& error) {
            throw Error(error.code(), node.name + ": " + error.what());
        }
    }
    return ops;
}

std::vector<Value> shared_values(const CudaOp& op) {
    std::vector<Value> values;
    const auto add = [&](Value value) {
        if (value) values.push_back(value);
    };
    if (const auto* conv = std::get_if<CudaConv2d>(&op)) add(conv->norm.factors), add(conv->statistics);
    if (const auto* norm = std::get_if<CudaGroupNorm>(&op)) add(norm->shared.value), add(norm->shared2.value), add(norm->factors);
    return values;
}

bool writes_output(const CudaOp& op) {
    const auto* norm = std::get_if<CudaGroupNorm>(&op);
    return norm == nullptr || norm->applies;
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
