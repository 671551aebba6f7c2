// Sixteen floats in an AVX-512 register, under the names that the kernels (*.kernel.h) are written in; vector.avx2.h has the same for eight.
// Everything is in an anonymous namespace, so that each file has copies of its own and none can reach code for a smaller instruction set.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace lgv {
namespace {

using Vector = __m512;
using Mask = __mmask16;

constexpr int64_t lanes = 16;

inline Vector zeros() { return _mm512_setzero_ps(); }
inline Vector all(float x) { return _mm512_set1_ps(x); }
inline Vector load(const float* p) { return _mm512_loadu_ps(p); }
inline void store(float* p, Vector v) { _mm512_storeu_ps(p, v); }

// The first `count` lanes; all of them from `lanes` on, none below 1.
inline Mask first(int64_t count) { return count >= lanes ? Mask(0xffff) : count <= 0 ? Mask(0) : Mask((1u << count) - 1); }
inline Vector load(const float* p, Mask mask) { return _mm512_maskz_loadu_ps(mask, p); }  // 0 in the other lanes, whose memory is not read
inline void store(float* p, Vector v, Mask mask) { _mm512_mask_storeu_ps(p, mask, v); }
inline Vector keep(Vector v, Mask mask, Vector otherwise) { return _mm512_mask_blend_ps(mask, otherwise, v); }

inline Vector add(Vector a, Vector b) { return _mm512_add_ps(a, b); }
inline Vector subtract(Vector a, Vector b) { return _mm512_sub_ps(a, b); }
inline Vector multiply(Vector a, Vector b) { return _mm512_mul_ps(a, b); }
inline Vector divide(Vector a, Vector b) { return _mm512_div_ps(a, b); }
inline Vector multiply_add(Vector a, Vector b, Vector c) { return _mm512_fmadd_ps(a, b, c); }
inline Vector negative(Vector a) { return _mm512_xor_ps(a, _mm512_set1_ps(-0.0f)); }
// b where either is NaN.
inline Vector smaller(Vector a, Vector b) { return _mm512_min_ps(a, b); }
inline Vector larger(Vector a, Vector b) { return _mm512_max_ps(a, b); }

inline Vector nearest_integer(Vector a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
inline Vector times_power_of_two(Vector a, Vector n) { return _mm512_scalef_ps(a, n); }  // n: an integer in -126 .. 127

inline float lane_sum(Vector v) {
    const __m256 half = _mm256_add_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1));
    const __m128 quarter = _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
    const __m128 two = _mm_add_ps(quarter, _mm_movehl_ps(quarter, quarter));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

inline float lane_largest(Vector v) {
    const __m256 half = _mm256_max_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1));
    const __m128 quarter = _mm_max_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
    const __m128 two = _mm_max_ps(quarter, _mm_movehl_ps(quarter, quarter));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

// The same lanes as doubles.
struct Doubles {
    __m512d low, high;
};

inline Doubles no_doubles() { return {_mm512_setzero_pd(), _mm512_setzero_pd()}; }
inline Doubles load(const double* p) { return {_mm512_loadu_pd(p), _mm512_loadu_pd(p + 8)}; }
inline void store(double* p, Doubles d) {
    _mm512_storeu_pd(p, d.low);
    _mm512_storeu_pd(p + 8, d.high);
}
inline Doubles widen(Vector v) { return {_mm512_cvtps_pd(_mm512_castps512_ps256(v)), _mm512_cvtps_pd(_mm512_extractf32x8_ps(v, 1))}; }
inline Vector narrow(Doubles d) { return _mm512_insertf32x8(_mm512_castps256_ps512(_mm512_cvtpd_ps(d.low)), _mm512_cvtpd_ps(d.high), 1); }
inline Doubles add(Doubles a, Doubles b) { return {_mm512_add_pd(a.low, b.low), _mm512_add_pd(a.high, b.high)}; }
inline Doubles multiply_add(Doubles a, Doubles b, Doubles c) {
    return {_mm512_fmadd_pd(a.low, b.low, c.low), _mm512_fmadd_pd(a.high, b.high, c.high)};
}

// Rows of `lanes` floats become columns.
inline void transpose(Vector (&r)[16]) {
    Vector t[16];
    for (int i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
    }
    for (int i = 0; i < 16; i += 4) {
        r[i] = _mm512_shuffle_ps(t[i], t[i + 2], 0x44);
        r[i + 1] = _mm512_shuffle_ps(t[i], t[i + 2], 0xee);
        r[i + 2] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0x44);
        r[i + 3] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0xee);
    }
    // r[4 i + j], lane 4 q + l: row 4 i + l, column 4 q + j.
    for (int j = 0; j < 4; ++j) {
        t[j] = _mm512_shuffle_f32x4(r[j], r[j + 4], 0x88);           // quarters 0, 2 of i = 0, 1
        t[j + 4] = _mm512_shuffle_f32x4(r[j], r[j + 4], 0xdd);       // quarters 1, 3
        t[j + 8] = _mm512_shuffle_f32x4(r[j + 8], r[j + 12], 0x88);  // of i = 2, 3
        t[j + 12] = _mm512_shuffle_f32x4(r[j + 8], r[j + 12], 0xdd);
    }
    for (int j = 0; j < 4; ++j) {
        r[j] = _mm512_shuffle_f32x4(t[j], t[j + 8], 0x88);
        r[j + 4] = _mm512_shuffle_f32x4(t[j + 4], t[j + 12], 0x88);
        r[j + 8] = _mm512_shuffle_f32x4(t[j], t[j + 8], 0xdd);
        r[j + 12] = _mm512_shuffle_f32x4(t[j + 4], t[j + 12], 0xdd);
    }
}

}  // namespace
}  // namespace lgv
