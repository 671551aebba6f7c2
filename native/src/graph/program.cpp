#include "graph/program.h"

#include <algorithm>
#include <chrono>
#include <iomanip>
#include <sstream>

#include "base/error.h"
#include "graph/planner.h"

namespace lgv {

CpuProgram::CpuProgram(OpList list, Weights& weights, Isa isa, int threads) : list_(std::move(list)), ops_(lower(list_, weights, isa)) {
    const auto count = list_.shapes.all.size();
    std::vector<Lifetime> pieces(count);
    for (size_t i = 0; i < count; ++i) pieces[i] = {list_.shapes.all[i].elements() * int64_t(sizeof(float)), -1, -1};
    for (size_t i = 0; i < list_.nodes.size(); ++i) {
        const auto now = int32_t(i);
        pieces[size_t(list_.nodes[i].out.id)].first = pieces[size_t(list_.nodes[i].out.id)].last = now;
        for (const Value value : inputs_of(list_.nodes[i].op)) pieces[size_t(value.id)].last = now;
    }
    pieces[size_t(list_.output.id)].last = int32_t(list_.nodes.size());
    // Inputs are all written before the first op: none may share bytes with another, even one that is never read.
    for (const Value value : list_.inputs) pieces[size_t(value.id)].last = std::max(pieces[size_t(value.id)].last, 0);

    for (size_t i = 0; i < ops_.size(); ++i) {
        const CpuNeeds wanted = needs(ops_[i]);
        pieces.push_back({wanted.workspace_bytes, int32_t(i), int32_t(i)});
        scratch_stride_ = std::max(scratch_stride_, (wanted.scratch_bytes + 4095) / 4096 * 4096);
    }
    const Placement placement = place(pieces);
    offsets_.assign(placement.offsets.begin(), placement.offsets.begin() + int64_t(count));
    workspaces_.assign(placement.offsets.begin() + int64_t(count), placement.offsets.end());
    scratch_offset_ = placement.bytes;
    arena_bytes_ = placement.bytes + threads * scratch_stride_;
}

int64_t CpuProgram::flops() const {
    int64_t total = 0;
    for (const Node& node : list_.nodes) total += cost(node.op, list_.shapes).flops;
    return total;
}

void CpuProgram::launch(ThreadTeam& team, std::byte* arena, int64_t rows, std::span<int64_t> nanoseconds) const {
    using Clock = std::chrono::steady_clock;
    auto before = nanoseconds.empty() ? Clock::time_point{} : Clock::now();
    for (size_t i = 0; i < ops_.size(); ++i) {
        try {
            run(ops_[i], {team, rows, arena, offsets_, arena + workspaces_[i], arena + scratch_offset_, scratch_stride_});
        } catch (const std::exception& error) {
            fail(Code::fault, list_.nodes[i].name, ": ", error.what());
        }
        if (nanoseconds.empty()) continue;
        const auto now = Clock::now();
        nanoseconds[i] += std::chrono::duration_cast<std::chrono::nanoseconds>(now - before).count();
        before = now;
    }
}

std::string CpuProgram::dump() const {
    size_t widest = 4;
    for (const Node& node : list_.nodes) widest = std::max(widest, node.name.size());
    std::ostringstream out;
    out << std::left << std::setw(int(widest)) << "name" << "  " << std::setw(18) << "op" << "  " << std::setw(22) << "output" << std::right
        << std::setw(12) << "offset" << std::setw(12) << "bytes" << std::setw(14) << "flops" << "  algorithm\n";
    for (size_t i = 0; i < list_.nodes.size(); ++i) {
        const Node& node = list_.nodes[i];
        const Shape& shape = list_.shapes[node.out];
        out << std::left << std::setw(int(widest)) << node.name << "  " << std::setw(18) << kind_of(node.op) << "  " << std::setw(22) << to_text(shape)
            << std::right << std::setw(12) << offsets_[size_t(node.out.id)] << std::setw(12) << shape.elements() * int64_t(sizeof(float))
            << std::setw(14) << cost(node.op, list_.shapes).flops << "  " << algorithm(i) << '\n';
    }
    out << list_.nodes.size() << " ops, " << list_.parameter_elements() << " parameters, " << flops() << " flops, arena " << arena_bytes_ << " bytes (scratch "
        << arena_bytes_ - scratch_offset_ << ")\n";
    return std::move(out).str();
}

}  // namespace lgv
