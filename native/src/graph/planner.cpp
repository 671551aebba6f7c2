#include "graph/planner.h"

#include <algorithm>
#include <numeric>

namespace lgv {

namespace {

bool meet(const Lifetime& a, const Lifetime& b) { return a.first <= b.last && b.first <= a.last; }

}  // namespace

Placement place(std::span<const Lifetime> pieces, int64_t alignment) {
    const auto rounded = [alignment](int64_t bytes) { return (bytes + alignment - 1) / alignment * alignment; };
    std::vector<size_t> order(pieces.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return pieces[a].bytes > pieces[b].bytes; });

    Placement result{std::vector<int64_t>(pieces.size(), 0), 0};
    std::vector<size_t> placed;  // by offset
    for (const size_t piece : order) {
        const int64_t bytes = rounded(pieces[piece].bytes);
        int64_t offset = 0;
        for (const size_t other : placed) {
            if (!meet(pieces[piece], pieces[other])) continue;
            if (offset + bytes <= result.offsets[other]) break;  // fits below this one, and all that follow begin higher
            offset = std::max(offset, result.offsets[other] + rounded(pieces[other].bytes));
        }
        result.offsets[piece] = offset;
        result.bytes = std::max(result.bytes, offset + bytes);
        const auto at = std::upper_bound(placed.begin(), placed.end(), offset, [&](int64_t o, size_t other) { return o < result.offsets[other]; });
        placed.insert(at, piece);
    }
    return result;
}

}  // namespace lgv
