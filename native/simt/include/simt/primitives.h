// The host half of device/cuda/ptx.cuh.
#pragma once
#include "simt/language.h"

namespace simt {
void cp_async_issue(uint32_t dst, const void* src, int n, int src_bytes, Loc);
void cp_async_commit_(); void cp_async_wait_(int n, Loc);
void ldmatrix(uint32_t* r, uint32_t addr, int n, bool trans, Loc);
void mma16816(float* d, const uint32_t* a, uint32_t b0, uint32_t b1, Loc);
enum MbOp { MB_INIT, MB_ARRIVE, MB_EXPECT, MB_TEST, MB_WAIT };
bool mbar(uint32_t b, MbOp op, uint32_t v, Loc);
void fence_proxy(); void bulk_store_commit(); void bulk_store_wait(int n, bool read, Loc);
void wg_fence(Loc); void wg_commit(Loc); void wg_wait(int n, Loc);
void bulk_copy(bool store, uint32_t shared, void* global, uint32_t bytes, uint32_t bar, Loc);
void wg_mma(float* d, int n, const uint32_t* ra, uint64_t a, uint64_t b, int acc, int ta, int tb, Loc);
}  // namespace simt
namespace lgv {
#define SIMT_HERE simt::Loc{simt_f, simt_l}
inline uint32_t shared_address(const void* p SIMT_LOC) { return simt::smem_u32(p, SIMT_HERE); }
template <class T> SIMT_INL T simt_poison() { T v; std::memset((void*)&v, 0xff, sizeof v); return v; }
template <class T> SIMT_INL T ld_global(const T* p SIMT_LOC) { T v = simt_poison<T>(); if (simt::access(p, sizeof(T), simt::RD, SIMT_HERE)) std::memcpy((void*)&v, (const void*)p, sizeof v); return v; }
template <class T> SIMT_INL T ld_global_nc(const T* p SIMT_LOC) { T v = simt_poison<T>(); if (simt::access(p, sizeof(T), simt::RD, SIMT_HERE)) std::memcpy((void*)&v, (const void*)p, sizeof v); return v; }
template <class T> SIMT_INL void st_global(T* p, T v SIMT_LOC) { if (simt::access(p, sizeof(T), simt::WR, SIMT_HERE)) std::memcpy((void*)p, (const void*)&v, sizeof v); }
template <class T> SIMT_INL T ld_shared(uint32_t a SIMT_LOC) { T v = simt_poison<T>(); if (simt::smem_access(a, sizeof(T), simt::RD, SIMT_HERE)) std::memcpy((void*)&v, simt::smem_ptr(a), sizeof v); return v; }
template <class T> SIMT_INL void st_shared(uint32_t a, T v SIMT_LOC) { if (simt::smem_access(a, sizeof(T), simt::WR, SIMT_HERE)) std::memcpy(simt::smem_ptr(a), (const void*)&v, sizeof v); }
inline void cp_async16(uint32_t dst, const void* src, int src_bytes = 16 SIMT_LOC) { simt::cp_async_issue(dst, src, 16, src_bytes, SIMT_HERE); }
inline void cp_async8(uint32_t dst, const void* src, int src_bytes = 8 SIMT_LOC) { simt::cp_async_issue(dst, src, 8, src_bytes, SIMT_HERE); }
inline void cp_async4(uint32_t dst, const void* src, int src_bytes = 4 SIMT_LOC) { simt::cp_async_issue(dst, src, 4, src_bytes, SIMT_HERE); }
inline void cp_async_commit() { simt::cp_async_commit_(); }
template <int N> inline void cp_async_wait(SIMT_LOC0) { simt::cp_async_wait_(N, SIMT_HERE); }
inline void ldmatrix_x4(uint32_t (&r)[4], uint32_t a SIMT_LOC) { simt::ldmatrix(r, a, 4, false, SIMT_HERE); }
inline void ldmatrix_x4_trans(uint32_t (&r)[4], uint32_t a SIMT_LOC) { simt::ldmatrix(r, a, 4, true, SIMT_HERE); }
inline void mma_m16n8k16_bf16(float (&d)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1 SIMT_LOC) { simt::mma16816(d, a, b0, b1, SIMT_HERE); }
inline float ex2(float x) { const float y = simt::approx(std::exp2(x), 2); return y < 0x1p-126f ? 0 : y; }
inline float rcp(float x) {
  const auto flushed = [](float v) { return std::fabs(v) < 0x1p-126f ? std::copysign(0.0f, v) : v; };
  return flushed(simt::approx(1.0f / flushed(x), 1));
}
inline void named_barrier_sync(int id, int n SIMT_LOC) { simt::block_barrier(id, n, true, SIMT_HERE); }
inline void named_barrier_arrive(int id, int n SIMT_LOC) { simt::block_barrier(id, n, false, SIMT_HERE); }
inline void mbarrier_init(uint32_t b, int count SIMT_LOC) { simt::mbar(b, simt::MB_INIT, count, SIMT_HERE); }
inline void mbarrier_fence_init() {}
inline void fence_proxy_async() { simt::fence_proxy(); }
inline void mbarrier_arrive(uint32_t b SIMT_LOC) { simt::mbar(b, simt::MB_ARRIVE, 0, SIMT_HERE); }
inline void mbarrier_arrive_expect(uint32_t b, uint32_t bytes SIMT_LOC) { simt::mbar(b, simt::MB_EXPECT, bytes, SIMT_HERE); }
inline bool mbarrier_try_wait(uint32_t b, uint32_t parity SIMT_LOC) { return simt::mbar(b, simt::MB_TEST, parity, SIMT_HERE); }
inline void mbarrier_wait(uint32_t b, uint32_t parity SIMT_LOC) { simt::mbar(b, simt::MB_WAIT, parity, SIMT_HERE); }
inline void bulk_commit() { simt::bulk_store_commit(); }
template <int N> inline void bulk_wait_read(SIMT_LOC0) { simt::bulk_store_wait(N, true, SIMT_HERE); }
inline void wgmma_fence(SIMT_LOC0) { simt::wg_fence(SIMT_HERE); }
inline void wgmma_commit(SIMT_LOC0) { simt::wg_commit(SIMT_HERE); }
template <int N> inline void wgmma_wait(SIMT_LOC0) { simt::wg_wait(N, SIMT_HERE); }
template <int N, int TA = 0, int TB = 0> inline void wgmma_m64k16_bf16(float (&d)[N / 2], uint64_t a, uint64_t b, int acc SIMT_LOC) { simt::wg_mma(d, N, nullptr, a, b, acc, TA, TB, SIMT_HERE); }
template <int N, int TB = 0> inline void wgmma_m64k16_bf16(float (&d)[N / 2], const uint32_t (&a)[4], uint64_t b, int acc SIMT_LOC) { simt::wg_mma(d, N, a, 0, b, acc, 0, TB, SIMT_HERE); }
template <int N> inline void bulk_wait(SIMT_LOC0) { simt::bulk_store_wait(N, false, SIMT_HERE); }
inline void bulk_load(uint32_t dst, const void* src, uint32_t bytes, uint32_t barrier SIMT_LOC) { simt::bulk_copy(false, dst, const_cast<void*>(src), bytes, barrier, SIMT_HERE); }
inline void bulk_store(void* dst, uint32_t src, uint32_t bytes SIMT_LOC) { simt::bulk_copy(true, src, dst, bytes, 0, SIMT_HERE); }
}  // namespace lgv
