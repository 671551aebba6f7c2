#include "graph/lifetimes.h"

#include <algorithm>

namespace lgv {

std::vector<Lifetime> lifetimes(const OpList& list, const std::function<int64_t(Value)>& bytes_of) {
    std::vector<Lifetime> pieces(list.shapes.all.size());
    for (size_t i = 0; i < pieces.size(); ++i) pieces[i] = {bytes_of({int32_t(i)}), -1, -1};
    for (size_t i = 0; i < list.nodes.size(); ++i) {
        const auto now = int32_t(i);
        for (const Value value : inputs_of(list.nodes[i].op)) pieces[size_t(value.id)].last = now;
        for (const Value value : outputs_of(list.nodes[i])) {
            Lifetime& piece = pieces[size_t(value.id)];
            if (piece.first < 0) piece.first = now;  // derivatives are written, then added to
            piece.last = now;
        }
    }
    pieces[size_t(list.output.id)].last = int32_t(list.nodes.size());
    for (const Value value : list.kept) pieces[size_t(value.id)].last = int32_t(list.nodes.size());
    // Inputs are all written before the first op: none may share bytes with another, even one that is never read.
    for (const Value value : list.inputs) pieces[size_t(value.id)].last = std::max(pieces[size_t(value.id)].last, 0);
    return pieces;
}

}  // namespace lgv
