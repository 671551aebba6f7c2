#include "graph/lower.h"

#include "base/error.h"

namespace lgv {

std::vector<CpuOp> lower(const OpList& list, Weights& weights, Isa isa) {
    std::vector<CpuOp> ops;
    ops.reserve(list.nodes.size());
    for (const Node& node : list.nodes) {
        try {
            ops.push_back(std::visit([&](const auto& op) -> CpuOp { return lower(op, node.out, list.shapes, weights, isa); }, node.op));
        } catch (const Error& error) {
            throw Error(error.code(), node.name + ": " + error.what());
        }
    }
    return ops;
}

CpuNeeds needs(const CpuOp& op) {
    return std::visit([](const auto& o) { return needs(o); }, op);
}

std::string algorithm(const CpuOp& op) {
    return std::visit([](const auto& o) { return std::string(algorithm(o)); }, op);
}

void run(const CpuOp& op, const CpuLaunch& launch) {
    std::visit([&](const auto& o) { run(o, launch); }, op);
}

}  // namespace lgv
