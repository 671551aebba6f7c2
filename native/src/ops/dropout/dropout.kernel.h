// Plain loops over arrays, of which the compiler makes vectors: the words of 64 counters, 1 KiB, at a time.
#include "base/philox.h"
#include "ops/dropout/dropout_kernels.h"

namespace lgv {
namespace {

constexpr int blocks = 64;
constexpr int chunk = 4 * blocks;  // elements

void words_of(const DropoutMask& mask, uint32_t first_block, uint32_t* words) {
    for (int i = 0; i < blocks; ++i) {
        const PhiloxWords four = philox4x32({{first_block + uint32_t(i), mask.layer, uint32_t(Purpose::dropout), 0}}, mask.key_low, mask.key_high);
        words[4 * i] = four.w[0];
        words[4 * i + 1] = four.w[1];
        words[4 * i + 2] = four.w[2];
        words[4 * i + 3] = four.w[3];
    }
}

void apply(const DropoutMask& mask, uint32_t first_block, const float* x, int64_t count, float factor, bool add, float* y) {
    const uint32_t threshold = mask.threshold;
    alignas(64) uint32_t words[chunk];
    for (int64_t at = 0; at < count; at += chunk, first_block += blocks) {
        words_of(mask, first_block, words);
        const int size = count - at < chunk ? int(count - at) : chunk;
        const float* from = x + at;
        float* to = y + at;
        if (add) {
            for (int i = 0; i < size; ++i) to[i] += words[i] >= threshold ? from[i] * factor : 0.0f;
        } else {
            for (int i = 0; i < size; ++i) to[i] = words[i] >= threshold ? from[i] * factor : 0.0f;
        }
    }
}

}  // namespace
}  // namespace lgv
