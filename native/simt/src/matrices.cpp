#include "matrices.h"

#include <cstring>

#include "base/bf16.h"
#include "machine.h"

namespace simt {

using lgv::high_of;
using lgv::low_of;

void ldmatrix_x4_warp(uint32_t (*result)[4], const uint32_t* addresses, bool transposed) {
    for (int i = 0; i < 4; ++i) {
        uint16_t matrix[8][8];
        for (int row = 0; row < 8; ++row) std::memcpy(matrix[row], shared_pointer(addresses[8 * i + row]), 16);
        for (int lane = 0; lane < warp_lanes; ++lane) {
            const int group = lane / 4, pair = lane % 4 * 2;
            const uint32_t low = transposed ? matrix[pair][group] : matrix[group][pair], high = transposed ? matrix[pair + 1][group] : matrix[group][pair + 1];
            result[lane][i] = low | high << 16;
        }
    }
}

namespace {

// The same sums in the same order in each of them; wider registers only do more columns at a time.
__attribute__((target_clones("avx2", "default"))) void multiply(const float (&left)[16][16], const float (&right)[16][8], float (&sum)[16][8]) {
    for (int m = 0; m < 16; ++m) {
        for (int k = 0; k < 16; ++k) {
            for (int n = 0; n < 8; ++n) sum[m][n] += left[m][k] * right[k][n];
        }
    }
}

}  // namespace

// A lane (group g = lane/4, pair c = 2 (lane%4)) holds of a: rows g and g + 8, columns c, c + 1 and c + 8, c + 9; of b: rows c, c + 1 and c + 8, c + 9 of column g;
// of d: rows g and g + 8, columns c, c + 1.
void mma_m16n8k16_bf16_warp(float (*d)[4], const uint32_t (*a)[4], const uint32_t (*b)[2]) {
    float left[16][16], right[16][8], sum[16][8];
    for (int lane = 0; lane < warp_lanes; ++lane) {
        const int g = lane / 4, c = lane % 4 * 2;
        for (int i = 0; i < 4; ++i) {
            const int row = g + (i & 1) * 8, column = c + i / 2 * 8;
            left[row][column] = low_of(a[lane][i]);
            left[row][column + 1] = high_of(a[lane][i]);
        }
        for (int i = 0; i < 2; ++i) {
            right[c + i * 8][g] = low_of(b[lane][i]);
            right[c + i * 8 + 1][g] = high_of(b[lane][i]);
        }
        for (int i = 0; i < 4; ++i) sum[g + i / 2 * 8][c + i % 2] = d[lane][i];
    }
    multiply(left, right, sum);
    for (int lane = 0; lane < warp_lanes; ++lane) {
        const int g = lane / 4, c = lane % 4 * 2;
        for (int i = 0; i < 4; ++i) d[lane][i] = sum[g + i / 2 * 8][c + i % 2];
    }
}

namespace {

struct LoadMatrix {
    uint32_t* result;
    uint32_t address;
};

template <bool Transposed>
void load_together(void** arguments, uint32_t, Place) {
    uint32_t result[warp_lanes][4], addresses[warp_lanes];
    for (int lane = 0; lane < warp_lanes; ++lane) addresses[lane] = static_cast<LoadMatrix*>(arguments[lane])->address;
    ldmatrix_x4_warp(result, addresses, Transposed);
    for (int lane = 0; lane < warp_lanes; ++lane) std::memcpy(static_cast<LoadMatrix*>(arguments[lane])->result, result[lane], sizeof result[lane]);
}

struct Multiply {
    float* d;
    const uint32_t* a;
    uint32_t b[2];
};

void multiply_together(void** arguments, uint32_t, Place) {
    float d[warp_lanes][4];
    uint32_t a[warp_lanes][4], b[warp_lanes][2];
    for (int lane = 0; lane < warp_lanes; ++lane) {
        const Multiply& mine = *static_cast<Multiply*>(arguments[lane]);
        std::memcpy(d[lane], mine.d, sizeof d[lane]);
        std::memcpy(a[lane], mine.a, sizeof a[lane]);
        std::memcpy(b[lane], mine.b, sizeof b[lane]);
    }
    mma_m16n8k16_bf16_warp(d, a, b);
    for (int lane = 0; lane < warp_lanes; ++lane) std::memcpy(static_cast<Multiply*>(arguments[lane])->d, d[lane], sizeof d[lane]);
    if (machine.config.count) machine.counters.matrix(2 * 16 * 8 * 16);
}

}  // namespace

void ldmatrix_x4(uint32_t* result, uint32_t address, bool transposed, Place place) {
    yield();
    LoadMatrix mine{result, address};
    if (!shared_access(address, 16, Access::read, place)) abandon_block();
    warp_meeting(transposed ? "ldmatrix_x4_trans" : "ldmatrix_x4", ~0u, true, &mine, transposed ? load_together<true> : load_together<false>, place);
}

void mma_m16n8k16_bf16(float* d, const uint32_t* a, uint32_t b0, uint32_t b1, Place place) {
    Multiply mine{d, a, {b0, b1}};
    warp_meeting("mma_m16n8k16_bf16", ~0u, true, &mine, multiply_together, place);
}

}  // namespace simt
