// An op list made ready to run on a GPU: launches, and the plan of one arena of device memory. Fixed for (config, rows, height, width, type); immutable.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "graph/lower.cuda.h"

namespace lgv {

class CudaProgram {
public:
    CudaProgram(CudaList plan, CudaWeights& weights, const CudaTarget& target);
    CudaProgram(OpList list, CudaWeights& weights, const CudaTarget& target, CudaType type) : CudaProgram(fuse(std::move(list), type, target), weights, target) {}

    // As it is launched: convolutions that norm what they read have the norm's sources.
    const OpList& list() const { return list_; }
    int64_t arena_bytes() const { return arena_bytes_; }
    int64_t flops() const;
    CudaType type(Value value) const { return types_[value]; }

    // Where an input or the output lies.
    std::byte* at(std::byte* arena, Value value) const { return arena + offsets_[size_t(value.id)]; }

    // Queues the first `rows` rows on the stream, whose work may be captured. A fault names the op. `nanoseconds`: empty, or one entry a node, to which its time
    // is added; it then waits for the end, and cannot be captured.
    void launch(Stream stream, std::byte* arena, int64_t rows, std::span<int64_t> nanoseconds = {}) const;

    // One line a node: name, op, type, shape, offset, bytes, flops, algorithm and what is fused; then the totals. An output that is never stored has no offset.
    std::string dump() const;

    std::string algorithm(size_t node) const { return lgv::algorithm(ops_[node]); }

private:
    OpList list_;
    CudaTypes types_;
    std::vector<CudaOp> ops_;          // of each node
    std::vector<int64_t> offsets_;     // of each value
    std::vector<int64_t> workspaces_;  // of each op
    int64_t arena_bytes_ = 0;
};

}  // namespace lgv
