// Which row and which 16-byte chunk of a tile in shared memory a lane names for ldmatrix_x4, for the three ways in which a tile becomes an operand of
// mma_m16n8k16_bf16; and how the numbers of an accumulator lie. A tile is rows of 16-byte chunks (8 bfloat16).
//
//     a          16 rows x 16 of K, rows are M:     registers 0..3 are the operand a
//     b          16 rows x 16 of K, rows are N:     registers 0, 1 are b0, b1 of the rows 0..7, registers 2, 3 of the rows 8..15
//     b trans    16 rows of K x 16 of N, by ldmatrix_x4_trans: registers 0, 1 are b0, b1 of the first 8 of N, registers 2, 3 of the others
//     d          d[0], d[1] stand at row fragment_row(), columns fragment_column() and the next; d[2], d[3] 8 rows below
//
// Eight rows are read at a time, one chunk of each: there is no bank conflict where they fall into eight different chunks of 128 bytes. Rows that are an odd number
// of chunks apart do.
#pragma once

#include "device/cuda/ptx.cuh"

namespace lgv {

LGV_DEVICE int a_row(int lane) { return lane & 15; }
LGV_DEVICE int a_chunk(int lane) { return lane >> 4; }
LGV_DEVICE int b_row(int lane) { return (lane & 7) + (lane >> 4) * 8; }
LGV_DEVICE int b_chunk(int lane) { return lane >> 3 & 1; }
LGV_DEVICE int b_trans_row(int lane) { return lane & 15; }
LGV_DEVICE int b_trans_chunk(int lane) { return lane >> 4; }
LGV_DEVICE int fragment_row(int lane) { return lane >> 2; }
LGV_DEVICE int fragment_column(int lane) { return 2 * (lane & 3); }

// `bytes` (a constant) rounded up to an odd number of chunks.
constexpr int odd_pitch(int bytes) { return ((bytes + 15) / 16 | 1) * 16; }

// Eight neighbours where they are not aligned, or fewer than eight (`there`), the rest zeros: element by element.
LGV_DEVICE uint4 gather_chunk(const bf16* from, int there) {
    uint32_t words[4];
    for (int i = 0; i < 4; ++i) {
        const uint32_t low = 2 * i < there ? ld_global_nc(from + 2 * i).bits : 0u;
        const uint32_t high = 2 * i + 1 < there ? ld_global_nc(from + 2 * i + 1).bits : 0u;
        words[i] = low | high << 16;
    }
    return make_uint4(words[0], words[1], words[2], words[3]);
}

}  // namespace lgv
