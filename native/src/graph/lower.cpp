#include "graph/lower.h"

#include "base/error.h"

namespace lgv {

namespace {

CpuOp lower_one(const ForwardOp& op, Value out, const Shapes& shapes, Weights& weights, Isa isa) {
    return std::visit([&](const auto& o) -> CpuOp { return lower(o, out, shapes, weights, isa); }, op);
}

CpuOp lower_one(const BackwardOp& op, Value, const Shapes& shapes, Weights& weights, Isa isa) {
    return std::visit([&](const auto& o) -> CpuOp { return lower(o, shapes, weights, isa); }, op);
}

}  // namespace

std::vector<CpuOp> lower(const OpList& list, Weights& weights, Isa isa) {
    std::vector<CpuOp> ops;
    ops.reserve(list.nodes.size());
    for (const Node& node : list.nodes) {
        try {
            ops.push_back(std::visit([&](const auto& op) { return lower_one(op, node.out, list.shapes, weights, isa); }, node.op));
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
