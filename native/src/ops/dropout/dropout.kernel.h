// The form of dropout_kernels.h for one instruction set. Included by dropout.<isa>.cpp alone, after its vector.*.h and its integers:
//
//     Words                       as many 32-bit words as a Vector has lanes
//     all_words, add, exclusive_or
//     products(a, b, high, low)   of each pair of lanes, the two halves of its 64-bit product
//     interleave(words)           four vectors' quarters of 128 bits, transposed: their lane 4 q + k becomes lanes 4 q .. 4 q + 3 of vector k
//     counters_of_lanes()         lanes / 4 * k + q in lane 4 q + k
//     kept(v, word, threshold)    v where the word is at least the threshold, 0 elsewhere
//
// Philox for `lanes` counters at once. By hand, since what g++ 12 makes of base/philox.h takes 2.3 ns a number with AVX2 and 1.0 with AVX-512, this 0.8
// and 0.6 (AMD Zen 4, one thread). Lane 4 q + k has counter lanes / 4 * k + q, so that after interleave() vector k has the words of elements lanes * k
// and on in their order. The last vector is masked.
#include "base/philox.h"
#include "ops/dropout/dropout_kernels.h"

namespace lgv {
namespace {

constexpr int64_t chunk = 4 * lanes;  // elements of `lanes` counters

void words_of(const DropoutMask& mask, uint32_t first_block, Words counters, Words (&words)[4]) {
    Words a = add(counters, all_words(first_block)), b = all_words(mask.layer), c = all_words(uint32_t(Purpose::dropout)), d = all_words(0);
    const Words left_factor = all_words(0xD2511F53), right_factor = all_words(0xCD9E8D57);
    uint32_t key0 = mask.key_low, key1 = mask.key_high;
#pragma GCC unroll 10
    for (int round = 0; round < 10; ++round) {
        Words left_high, left_low, right_high, right_low;
        products(a, left_factor, left_high, left_low);
        products(c, right_factor, right_high, right_low);
        a = exclusive_or(exclusive_or(right_high, b), all_words(key0));
        b = right_low;
        c = exclusive_or(exclusive_or(left_high, d), all_words(key1));
        d = left_low;
        key0 += 0x9E3779B9;
        key1 += 0xBB67AE85;
    }
    words[0] = a;
    words[1] = b;
    words[2] = c;
    words[3] = d;
    interleave(words);
}

void apply(const DropoutMask& mask, uint32_t first_block, const float* x, int64_t count, float factor, bool add_to, float* y) {
    const Words threshold = all_words(mask.threshold), counters = counters_of_lanes();
    const Vector scale = all(factor);
    for (int64_t at = 0; at < count; at += chunk, first_block += uint32_t(lanes)) {
        Words words[4];
        words_of(mask, first_block, counters, words);
        const bool whole = count - at >= chunk;
        for (int64_t k = 0; k < 4; ++k) {
            const float* from = x + at + k * lanes;
            float* to = y + at + k * lanes;
            if (whole) {
                const Vector v = kept(multiply(load(from), scale), words[k], threshold);
                store(to, add_to ? add(load(to), v) : v);
            } else {
                const int64_t there = count - at - k * lanes;
                if (there <= 0) break;
                const Mask lanes_there = first(there);
                const Vector v = kept(multiply(load(from, lanes_there), scale), words[k], threshold);
                store(to, add_to ? add(load(to, lanes_there), v) : v, lanes_there);
            }
        }
    }
}

}  // namespace
}  // namespace lgv
