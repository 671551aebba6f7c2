// An op list made ready to run on the CPU: launches, and the plan of one arena. Fixed for (config, rows, height, width, dtype, mode: inference or
// training); immutable, so that it may be shared. The arena belongs to the device: whatever it held before a launch does not matter.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "graph/lower.h"
#include "graph/op_list.h"

namespace lgv {

class CpuProgram {
public:
    CpuProgram(OpList list, Weights& weights, Isa isa, int threads);

    const OpList& list() const { return list_; }
    int64_t arena_bytes() const { return arena_bytes_; }
    int64_t flops() const;

    // Where an input, the output or a value that is kept lies.
    std::byte* at(std::byte* arena, Value value) const { return arena + offsets_[size_t(value.id)]; }

    // Runs the first `rows` rows. `nanoseconds`: empty, or one entry a node, to which its time is added. `gradients`: of all parameters, flat, which the
    // backward pass adds to, where the list has one.
    void launch(ThreadTeam& team, std::byte* arena, int64_t rows, std::span<int64_t> nanoseconds = {}, float* gradients = nullptr) const;

    // One line an op: name, op, shape, offset, bytes, flops, algorithm; then the totals.
    std::string dump() const;

    std::string algorithm(size_t node) const { return lgv::algorithm(ops_[node]); }

private:
    OpList list_;
    std::vector<CpuOp> ops_;
    std::vector<int64_t> offsets_;     // of each value
    std::vector<int64_t> workspaces_;  // of each op
    std::vector<int64_t> gradient_offsets_;
    int64_t scratch_offset_ = 0;
    int64_t scratch_stride_ = 0;
    int64_t arena_bytes_ = 0;
};

}  // namespace lgv
