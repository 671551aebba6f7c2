// Accumulators of wgmma that are in flight. Registers of PTX are virtual and have no address, and between two wgmma on one accumulator nvcc copies them with mov,
// which ptxas lets vanish. So a register in flight holds a NaN in its lower half and, in the upper half that a 32-bit register does not use, the mark of the number
// that is to come: mov carries it along, everything else sees the NaN. wait_group puts the numbers where the marks are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace simt::ptx {

class Accumulators {
public:
    static constexpr int most = 31;  // in flight at once, of a warpgroup

    struct Tile {
        int n = 0;                       // columns; 0: not in use
        std::vector<float> numbers;      // of each of the 128 threads n / 2
        std::array<float*, 128> threads; // into it: what the warpgroup's queue knows the accumulator by
        uint32_t version = 0;            // wgmma that were issued on it
        int under_way = 0;               // and are not complete
    };

    static uint64_t mark(int tile, uint32_t version, int element);
    // The tile that a register's value is of, -1 for a plain number.
    static int tile_of(uint64_t value);
    static uint32_t version_of(uint64_t value) { return uint32_t(value >> 40 & 0x7ffff); }
    static int element_of(uint64_t value) { return int(value >> 32 & 0xff); }

    // A tile of its own for a new accumulator, -1 where there are too many.
    int open(int n);
    Tile& tile(int number) { return tiles_[std::size_t(number)]; }

    void issued(int tile) {
        ++tiles_[std::size_t(tile)].version;
        ++tiles_[std::size_t(tile)].under_way;
        uncommitted_.push_back(tile);
    }
    void commit();
    // All but the last `keep` groups are complete; those tiles that no wgmma is under way on any more.
    std::vector<int> complete(int keep);
    void close(int tile) { tiles_[std::size_t(tile)].n = 0; }

private:
    std::array<Tile, most> tiles_;
    std::vector<int> uncommitted_;
    std::vector<std::vector<int>> groups_;
};

}  // namespace simt::ptx
