// Kernels that do one thing each, for primitives_test.cpp: all arrays are device memory.
#pragma once

#include <cstdint>

namespace simt_tests {

// out[lane], 32 threads: what each kind of shuffle gives of `in`, for segments of `width` lanes.
enum class ShuffleKind { index, exclusive_or, down, up };
void run_shuffle(ShuffleKind kind, int by, int width, int32_t* out, const int32_t* in);
// out[0..2] of each lane: ballot, any, all of in[lane] != 0.
void run_votes(uint32_t* out, const int32_t* in);
// out[0..2] of each of 96 threads: or, and, count of in[thread] != 0 over the block.
void run_block_votes(int32_t* out, const int32_t* in);
// 4 blocks of 64 threads: out[0] += , out[1] max, out[2] min, out[3] or, out[4] and, with in[thread of all]; out[5]: exchanged; out[6]: counted by compare and swap.
void run_atomics(int32_t* out, const int32_t* in);
// A block of `threads` copies n 16-byte units of `in` through shared memory, in stages of one unit a thread; of each unit the first `source_bytes` come over.
void run_cp_async(int threads, int units, int source_bytes, uint8_t* out, const uint8_t* in);
// d[m][n] (16 x 8) = sum over k < depth of a[m][k] b[n][k]: ldmatrix from shared memory (b transposed in it or not), mma.sync.
void run_mma(bool b_is_k_major, int depth, float* d, const uint16_t* a, const uint16_t* b);
// Through shared memory by bulk copies, a ring of 3 stages of 256 floats, one thread that fetches and three warps that add 1 and store.
void run_bulk_ring(int stages, float* out, const float* in);
// d[64][64] = sum over k < depth of a[m][k] b[n][k], by wgmma; how the operands lie in shared memory; with a from registers where a_in_registers.
enum class Layout { none, bytes32, bytes64, bytes128 };
void run_wgmma(Layout layout, bool mn_major, bool a_in_registers, int depth, float* d, const uint16_t* a, const uint16_t* b);
// out[i] = in of: expf, logf, 1/sqrt, sin, cos, reciprocal square root ... : 8 values a thread.
void run_arithmetic(float* out, const float* in, int n);
// Every kind of load and store of 2, 4, 8 and 16 bytes, through shared memory.
void run_loads(uint8_t* out, const uint8_t* in);

}  // namespace simt_tests
