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
        for (const Value value : inputs_of(list_.nodes[i].op)) pieces[size_t(value.id)].last = now;
        for (const Value value : outputs_of(list_.nodes[i])) {
            Lifetime& piece = pieces[size_t(value.id)];
            if (piece.first < 0) piece.first = now;  // derivatives are written, then added to
            piece.last = now;
        }
    }
    pieces[size_t(list_.output.id)].last = int32_t(list_.nodes.size());
    for (const Value value : list_.kept) pieces[size_t(value.id)].last = int32_t(list_.nodes.size());
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
    gradient_offsets_ = list_.parameter_offsets();
    scratch_offset_ = placement.bytes;
    arena_bytes_ = placement.bytes + threads * scratch_stride_;
}

int64_t CpuProgram::flops() const {
    int64_t total = 0;
    for (const Node& node : list_.nodes) total += cost(node.op, list_.shapes).flops;
    return total;
}

void CpuProgram::launch(ThreadTeam& team, std::byte* arena, int64_t rows, std::span<int64_t> nanoseconds, float* gradients) const {
    using Clock = std::chrono::steady_clock;
    auto before = nanoseconds.empty() ? Clock::time_point{} : Clock::now();
    for (size_t i = 0; i < ops_.size(); ++i) {
        try {
            run(ops_[i], {team, rows, arena, offsets_, arena + workspaces_[i], arena + scratch_offset_, scratch_stride_, gradients, gradient_offsets_});
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
    const auto line = [&](const std::string& name, const auto& op, const auto& output, const auto& offset, const auto& bytes, const auto& flops, const std::string& how) {
        out << std::left << std::setw(int(widest)) << name << "  " << std::setw(22) << op << "  " << std::setw(22) << output << std::right << std::setw(12) << offset
            << std::setw(12) << bytes << std::setw(14) << flops << "  " << how << '\n';
    };
    line("name", "op", "output", "offset", "bytes", "flops", "algorithm");
    for (size_t i = 0; i < list_.nodes.size(); ++i) {
        const Node& node = list_.nodes[i];
        const std::vector<Value> outputs = outputs_of(node);
        const int64_t work = cost(node.op, list_.shapes).flops;
        if (outputs.empty()) line(node.name, kind_of(node.op), "-", "-", "-", work, algorithm(i));  // it adds to the gradients of parameters alone
        for (const Value value : outputs) {
            const Shape& shape = list_.shapes[value];
            const bool is_first = value == outputs[0];
            line(is_first ? node.name : "", is_first ? kind_of(node.op) : "", to_text(shape), offsets_[size_t(value.id)],
                 shape.elements() * int64_t(sizeof(float)), is_first ? std::to_string(work) : "", is_first ? algorithm(i) : "");
        }
    }
    out << list_.nodes.size() << " ops, " << list_.parameter_elements() << " parameters, " << flops() << " flops, arena " << arena_bytes_ << " bytes (scratch "
        << arena_bytes_ - scratch_offset_ << ")\n";
    return std::move(out).str();
}

}  // namespace lgv
