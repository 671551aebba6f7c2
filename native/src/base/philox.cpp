#include "base/philox.h"

#include <algorithm>

#include "base/error.h"

namespace lgv {

namespace {

constexpr int kBlocks = 64;  // blocks made at a time; 256 normals, 1 KiB

// Four normals for each of kBlocks consecutive counters. Plain loops over arrays, so that the compiler makes vectors of them.
void normals_of_blocks(uint64_t seed, uint32_t draw, Purpose purpose, uint32_t first_block, float (&out)[4 * kBlocks]) {
    uint32_t w0[kBlocks], w1[kBlocks], w2[kBlocks], w3[kBlocks];
    for (int i = 0; i < kBlocks; ++i) {
        const PhiloxWords words = philox_words(seed, draw, purpose, first_block + uint32_t(i));
        w0[i] = words.w[0];
        w1[i] = words.w[1];
        w2[i] = words.w[2];
        w3[i] = words.w[3];
    }
    for (int i = 0; i < kBlocks; ++i) {
        const TwoNormals left = two_normals(w0[i], w1[i]);
        const TwoNormals right = two_normals(w2[i], w3[i]);
        out[4 * i] = left.first;
        out[4 * i + 1] = left.second;
        out[4 * i + 2] = right.first;
        out[4 * i + 3] = right.second;
    }
}

}  // namespace

void philox_normals(uint64_t seed, uint32_t draw, Purpose purpose, int64_t first_element, int64_t count, float* out) {
    constexpr int64_t limit = int64_t{1} << 34;
    expect(first_element >= 0 && count >= 0 && first_element <= limit && count <= limit - first_element, Code::argument, "philox: elements ",
           first_element, " to ", first_element, " + ", count, " are not within the 2^34 that one image can have");
    constexpr int64_t chunk = 4 * kBlocks;
    float normals[chunk];
    const int64_t end = first_element + count;
    for (int64_t at = first_element; at < end;) {
        const int64_t start = at / 4 * 4;
        const int64_t stop = std::min(start + chunk, end);
        normals_of_blocks(seed, draw, purpose, uint32_t(start / 4), normals);
        std::copy(normals + (at - start), normals + (stop - start), out);
        out += stop - at;
        at = stop;
    }
}

}  // namespace lgv
