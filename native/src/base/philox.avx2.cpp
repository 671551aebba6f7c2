// Plain loops over arrays, of which the compiler makes AVX2 vectors; 256 normals, 1 KiB, at a time.
#include "base/philox.h"

namespace lgv {

void philox_normals_of_blocks(uint64_t seed, uint32_t draw, Purpose purpose, uint32_t first_block, float* out) {
    uint32_t w0[kPhiloxBlocks], w1[kPhiloxBlocks], w2[kPhiloxBlocks], w3[kPhiloxBlocks];
    for (int i = 0; i < kPhiloxBlocks; ++i) {
        const PhiloxWords words = philox_words(seed, draw, purpose, first_block + uint32_t(i));
        w0[i] = words.w[0];
        w1[i] = words.w[1];
        w2[i] = words.w[2];
        w3[i] = words.w[3];
    }
    for (int i = 0; i < kPhiloxBlocks; ++i) {
        const TwoNormals left = two_normals(w0[i], w1[i]);
        const TwoNormals right = two_normals(w2[i], w3[i]);
        out[4 * i] = left.first;
        out[4 * i + 1] = left.second;
        out[4 * i + 2] = right.first;
        out[4 * i + 3] = right.second;
    }
}

}  // namespace lgv
