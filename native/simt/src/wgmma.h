// wgmma: d[64 x N] (float32, in registers) += a b, by a warpgroup. a: 64x16 from shared memory or registers, b: 16xN from shared memory; bfloat16.
// It runs when it is waited for: until then the operands must not change and the accumulators read as NaN.
//
// Where an operand lies (descriptor: start, leading and stride offsets, swizzle w = 16, 32, 64 or 128 bytes), 16-byte unit by unit:
//     K-major    row r, units k/8:      start + (r/8) stride + (r%8) w + (k/8) (16, or leading without a swizzle)
//     MN-major   column k, units mn/8:  start + (mn/(w/2)) leading + (k/8) stride + (k%8) w + (mn%(w/2)/8) 16     (without a swizzle leading and stride change places)
// and the swizzle xors the unit's number within w with the address's bits from 7 on.
#pragma once

#include <cstdint>
#include <vector>

#include "clocks.h"

namespace simt {

struct WgmmaOperands {
    int n = 0;
    bool accumulate = false, a_in_registers = false, transpose_a = false, transpose_b = false;
    uint64_t a = 0, b = 0;              // descriptors
    uint16_t a_registers[64][16] = {};  // bits
};

// Row and column of element i of a thread's accumulator.
struct WgmmaElement {
    int row, column;
};
constexpr WgmmaElement wgmma_element(int thread, int i) {
    return {16 * (thread / 32) + thread % 32 / 4 + (i & 2 ? 8 : 0), 8 * (i / 4) + 2 * (thread % 4) + (i & 1)};
}
// Thread `thread`'s four registers of a, put where they belong.
void wgmma_place_a(WgmmaOperands& operands, int thread, const uint32_t* registers);

class Warpgroups {
public:
    void begin_block();
    void thread_ended(const Thread& thread);

    // What a warpgroup's 128 threads do together. Fibers give their accumulators by address: d[thread][i].
    void fence(int group) { groups_[group].fenced = true; }
    void issue(int group, const WgmmaOperands& operands, float* const* d, Place place);
    void commit(int group);
    void wait(int group, int keep, Place place);

    // At once, for an engine whose registers have no address: checks the operands as issue() does, then d[row * n + column].
    void run_now(int group, const WgmmaOperands& operands, float* d, Place place);

private:
    struct Operation {
        WgmmaOperands operands;
        const float* accumulator;  // thread 0's: names it
        uint32_t site;
        Place place;
    };
    struct Accumulator {
        const float* name;
        int n;
        std::vector<float> numbers;  // 64 x n
        float* d[warpgroup_threads];
    };
    struct Group {
        std::vector<Operation> operations;
        std::vector<size_t> ends;  // of committed groups
        std::vector<Accumulator> accumulators;
        bool fenced = false;
        uint32_t clock = 0;
    };

    void check(const WgmmaOperands& operands, uint32_t site, Place place);
    void finish(Group& group, int index, const Operation& operation);
    void write_back(Group& group, Place place);

    Group groups_[8];
};

}  // namespace simt
