#include "ops/gemm/vector.avx2.h"

namespace lgv {
namespace {

using Words = __m256i;

inline Words all_words(uint32_t w) { return _mm256_set1_epi32(int(w)); }
inline Words add(Words a, Words b) { return _mm256_add_epi32(a, b); }
inline Words exclusive_or(Words a, Words b) { return _mm256_xor_si256(a, b); }
inline Words counters_of_lanes() { return _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7); }

inline void products(Words a, Words b, Words& high, Words& low) {
    const Words even = _mm256_mul_epu32(a, b), odd = _mm256_mul_epu32(_mm256_srli_epi64(a, 32), b);  // b is the same in every lane
    high = _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa);
    low = _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
}

inline void interleave(Words (&w)[4]) {
    const Words ab = _mm256_unpacklo_epi32(w[0], w[1]), ab2 = _mm256_unpackhi_epi32(w[0], w[1]);
    const Words cd = _mm256_unpacklo_epi32(w[2], w[3]), cd2 = _mm256_unpackhi_epi32(w[2], w[3]);
    w[0] = _mm256_unpacklo_epi64(ab, cd);
    w[1] = _mm256_unpackhi_epi64(ab, cd);
    w[2] = _mm256_unpacklo_epi64(ab2, cd2);
    w[3] = _mm256_unpackhi_epi64(ab2, cd2);
}

inline Vector kept(Vector v, Words word, Words threshold) {
    return _mm256_and_ps(v, _mm256_castsi256_ps(_mm256_cmpeq_epi32(_mm256_max_epu32(word, threshold), word)));
}

}  // namespace
}  // namespace lgv

#include "ops/dropout/dropout.kernel.h"

namespace lgv {

extern const DropoutKernels dropout_avx2;
constinit const DropoutKernels dropout_avx2{apply};

}  // namespace lgv
