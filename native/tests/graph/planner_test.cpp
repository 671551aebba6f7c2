#include "graph/planner.h"

#include <gtest/gtest.h>

#include <random>

namespace lgv {
namespace {

std::vector<Lifetime> random_pieces(uint32_t seed, int count, int ops) {
    std::mt19937 random(seed);
    std::vector<Lifetime> pieces;
    for (int i = 0; i < count; ++i) {
        const auto first = int32_t(random() % uint32_t(ops)) - 1;
        pieces.push_back({int64_t(random() % 5000), first, first + int32_t(random() % 7)});
    }
    return pieces;
}

TEST(Planner, pieces_that_live_at_once_share_no_byte) {
    for (uint32_t seed = 0; seed < 200; ++seed) {
        const std::vector<Lifetime> pieces = random_pieces(seed, 1 + int(seed % 60), 40);
        const Placement placement = place(pieces);
        for (size_t a = 0; a < pieces.size(); ++a) {
            EXPECT_EQ(placement.offsets[a] % 64, 0);
            EXPECT_LE(placement.offsets[a] + pieces[a].bytes, placement.bytes);
            for (size_t b = 0; b < a; ++b) {
                if (pieces[a].first > pieces[b].last || pieces[b].first > pieces[a].last) continue;
                const bool apart = placement.offsets[a] + pieces[a].bytes <= placement.offsets[b] || placement.offsets[b] + pieces[b].bytes <= placement.offsets[a];
                EXPECT_TRUE(apart) << "seed " << seed << ": pieces " << a << " and " << b;
            }
        }
    }
}

TEST(Planner, a_chain_needs_the_two_largest_neighbours_and_no_more) {
    // Each value is made by one op and read by the next: a chain of 64, 128 ... bytes keeps two alive at a time.
    std::vector<Lifetime> pieces;
    for (int32_t i = 0; i < 10; ++i) pieces.push_back({64 * (i + 1), i, i + 1});
    EXPECT_EQ(place(pieces).bytes, 64 * (9 + 10));
}

TEST(Planner, no_pieces_need_no_memory) { EXPECT_EQ(place({}).bytes, 0); }

}  // namespace
}  // namespace lgv
