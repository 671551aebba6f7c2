#include "ops/gemm/vector.avx512.h"

namespace lgv {
namespace {

using Words = __m512i;

inline Words all_words(uint32_t w) { return _mm512_set1_epi32(int(w)); }
inline Words add(Words a, Words b) { return _mm512_add_epi32(a, b); }
inline Words exclusive_or(Words a, Words b) { return _mm512_xor_si512(a, b); }
inline Words counters_of_lanes() { return _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15); }

inline void products(Words a, Words b, Words& high, Words& low) {
    const Words even = _mm512_mul_epu32(a, b), odd = _mm512_mul_epu32(_mm512_srli_epi64(a, 32), b);  // b is the same in every lane
    high = _mm512_mask_blend_epi32(0xaaaa, _mm512_srli_epi64(even, 32), odd);
    low = _mm512_mask_blend_epi32(0xaaaa, even, _mm512_slli_epi64(odd, 32));
}

inline void interleave(Words (&w)[4]) {
    const Words ab = _mm512_unpacklo_epi32(w[0], w[1]), ab2 = _mm512_unpackhi_epi32(w[0], w[1]);
    const Words cd = _mm512_unpacklo_epi32(w[2], w[3]), cd2 = _mm512_unpackhi_epi32(w[2], w[3]);
    w[0] = _mm512_unpacklo_epi64(ab, cd);
    w[1] = _mm512_unpackhi_epi64(ab, cd);
    w[2] = _mm512_unpacklo_epi64(ab2, cd2);
    w[3] = _mm512_unpackhi_epi64(ab2, cd2);
}

inline Vector kept(Vector v, Words word, Words threshold) { return _mm512_maskz_mov_ps(_mm512_cmpge_epu32_mask(word, threshold), v); }

}  // namespace
}  // namespace lgv

#include "ops/dropout/dropout.kernel.h"

namespace lgv {

extern const DropoutKernels dropout_avx512;
constinit const DropoutKernels dropout_avx512{apply};

}  // namespace lgv
