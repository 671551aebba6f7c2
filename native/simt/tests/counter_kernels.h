// Textbook cases for the counters. Every run says at which lines its accesses are.
#pragma once

namespace simt_tests {

struct Lines {
    int global_read = 0, shared_write = 0, shared_read = 0, global_write = 0;
};
// A 32x32 tile through shared memory, rows of 32 or of 33 floats.
Lines run_transpose(bool padded, float* out, const float* in);
// in[thread * stride], 256 threads.
Lines run_strided(int stride, float* out, const float* in);
// 16 bytes a thread through shared memory, 256 threads.
Lines run_vectors(float* out, const float* in);
// ldmatrix of rows that are `row_bytes` apart, and one mma for each of `repeats`.
Lines run_matrices(int row_bytes, int repeats, float* out);
// One bulk load of 1024 bytes.
void run_bulk(float* out, const float* in);
// Reads through a helper of the kernel's file: the line is the helper's.
Lines run_helper(float* out, const float* in);

}  // namespace simt_tests
