#include "graph/program.cuda.h"

#include <algorithm>
#include <iomanip>
#include <sstream>

#include "base/error.h"
#include "device/cuda/stream.h"
#include "graph/lifetimes.h"

namespace lgv {

namespace {

constexpr int64_t alignment = 256;  // of values in the arena, as cudaMalloc's own

}  // namespace

CudaProgram::CudaProgram(CudaList plan, CudaWeights& weights, const CudaTarget& target) : ops_(lower(plan, weights, target)) {
    list_ = std::move(plan.list);
    types_ = std::move(plan.types);
    std::vector<Lifetime> pieces = lifetimes(list_, [this](Value value) { return list_.shapes[value].elements() * size_of(types_[value]); });
    const auto values = int64_t(pieces.size());
    for (size_t i = 0; i < ops_.size(); ++i) {
        const auto now = int32_t(i);
        for (const Value value : shared_values(ops_[i])) {
            Lifetime& piece = pieces[size_t(value.id)];
            if (piece.first < 0) piece.first = now;
            piece.last = now;
        }
        if (!writes_output(ops_[i])) pieces[size_t(list_.nodes[i].out.id)].bytes = 0;
        pieces.push_back({needs(ops_[i]).workspace_bytes, now, now});
    }
    const Placement placement = place(pieces, alignment);
    offsets_.assign(placement.offsets.begin(), placement.offsets.begin() + values);
    workspaces_.assign(placement.offsets.begin() + values, placement.offsets.end());
    arena_bytes_ = placement.bytes;
}

int64_t CudaProgram::flops() const {
    int64_t total = 0;
    for (const Node& node : list_.nodes) total += cost(node.op, list_.shapes).flops;
    return total;
}

void CudaProgram::launch(Stream stream, std::byte* arena, int64_t rows, std::span<int64_t> nanoseconds) const {
    std::vector<CudaEvent> marks(nanoseconds.empty() ? 0 : ops_.size() + 1);
    if (!marks.empty()) marks[0].record(stream);
    for (size_t i = 0; i < ops_.size(); ++i) {
        try {
            run(ops_[i], {stream, rows, arena, offsets_, arena + workspaces_[i]});
        } catch (const Error& error) {
            throw Error(error.code(), list_.nodes[i].name + ": " + error.what());
        }
        if (!marks.empty()) marks[i + 1].record(stream);
    }
    if (marks.empty()) return;
    marks.back().wait();
    for (size_t i = 0; i < ops_.size(); ++i) nanoseconds[i] += int64_t(milliseconds_between(marks[i], marks[i + 1]) * 1e6);
}

std::string CudaProgram::dump() const {
    size_t widest = 4;
    for (const Node& node : list_.nodes) widest = std::max(widest, node.name.size());
    std::ostringstream out;
    const auto line = [&](const auto& name, const auto& op, const auto& type, const auto& output, const auto& offset, const auto& bytes, const auto& flops, const auto& how) {
        out << std::left << std::setw(int(widest)) << name << "  " << std::setw(22) << op << "  " << std::setw(9) << type << std::setw(22) << output << std::right
            << std::setw(12) << offset << std::setw(12) << bytes << std::setw(14) << flops << "  " << how << '\n';
    };
    line("name", "op", "type", "output", "offset", "bytes", "flops", "algorithm");
    for (size_t i = 0; i < list_.nodes.size(); ++i) {
        const Node& node = list_.nodes[i];
        const Shape& shape = list_.shapes[node.out];
        const int64_t flops = cost(node.op, list_.shapes).flops;
        if (writes_output(ops_[i])) {
            line(node.name, kind_of(node.op), name_of(types_[node.out]), to_text(shape), offsets_[size_t(node.out.id)], shape.elements() * size_of(types_[node.out]), flops,
                 algorithm(i));
        } else {
            line(node.name, kind_of(node.op), "-", to_text(shape), "-", 0, flops, algorithm(i));
        }
    }
    out << list_.nodes.size() << " ops, " << list_.parameter_elements() << " parameters, " << flops() << " flops, arena " << arena_bytes_ << " bytes\n";
    return std::move(out).str();
}

}  // namespace lgv
