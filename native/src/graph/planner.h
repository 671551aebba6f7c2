// Where everything lies: lifetimes -> offsets in one arena.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace lgv {

// A piece of memory that is alive from op `first` to op `last`, both included (-1: before the first op).
struct Lifetime {
    int64_t bytes = 0;
    int32_t first = 0;
    int32_t last = 0;
};

struct Placement {
    std::vector<int64_t> offsets;  // of each piece; multiples of `alignment`
    int64_t bytes = 0;             // of the arena
};

// Two pieces share bytes only if no op sees both alive. Largest first, each at the lowest place where it fits: for U-Nets within a few percent
// of the largest sum of what is alive at one op, which no plan can beat.
Placement place(std::span<const Lifetime> pieces, int64_t alignment = 64);

}  // namespace lgv
