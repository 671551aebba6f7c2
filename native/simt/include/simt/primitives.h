// The host half of device/cuda/ptx.cuh.
#pragma once

#include "simt/language.h"

namespace lgv {

// Accesses are named by their return address, so that those made in the helpers of device/cuda are told apart by the kernel's lines.
template <class T>
SIMT_WORD T ld_global(const T* p) {
    T v = simt::poison<T>();
    if (simt::access(p, sizeof(T), simt::Access::read, simt::Place::of(__builtin_return_address(0)))) std::memcpy(static_cast<void*>(&v), p, sizeof v);
    return v;
}
template <class T>
SIMT_WORD T ld_global_nc(const T* p) {
    T v = simt::poison<T>();
    if (simt::access(p, sizeof(T), simt::Access::read, simt::Place::of(__builtin_return_address(0)))) std::memcpy(static_cast<void*>(&v), p, sizeof v);
    return v;
}
template <class T>
SIMT_WORD void st_global(T* p, std::type_identity_t<T> v) {
    if (simt::access(p, sizeof(T), simt::Access::write, simt::Place::of(__builtin_return_address(0)))) std::memcpy(static_cast<void*>(p), &v, sizeof v);
}
template <class T>
SIMT_WORD T ld_shared(uint32_t address) {
    T v = simt::poison<T>();
    if (simt::shared_access(address, sizeof(T), simt::Access::read, simt::Place::of(__builtin_return_address(0)))) std::memcpy(static_cast<void*>(&v), simt::shared_pointer(address), sizeof v);
    return v;
}
template <class T>
SIMT_WORD void st_shared(uint32_t address, T v) {
    if (simt::shared_access(address, sizeof(T), simt::Access::write, simt::Place::of(__builtin_return_address(0)))) std::memcpy(simt::shared_pointer(address), &v, sizeof v);
}
inline uint32_t shared_address(const void* p, SIMT_HERE) { return simt::shared_address(p, here); }

inline void cp_async16(uint32_t to, const void* from, int source_bytes = 16, SIMT_HERE) { simt::cp_async(to, from, 16, source_bytes, here); }
inline void cp_async8(uint32_t to, const void* from, int source_bytes = 8, SIMT_HERE) { simt::cp_async(to, from, 8, source_bytes, here); }
inline void cp_async4(uint32_t to, const void* from, int source_bytes = 4, SIMT_HERE) { simt::cp_async(to, from, 4, source_bytes, here); }
inline void cp_async_commit() { simt::cp_async_commit(); }
template <int N>
void cp_async_wait(SIMT_HERE) {
    simt::cp_async_wait(N, here);
}

inline void ldmatrix_x4(uint32_t (&result)[4], uint32_t address, SIMT_HERE) { simt::ldmatrix_x4(result, address, false, here); }
inline void ldmatrix_x4_trans(uint32_t (&result)[4], uint32_t address, SIMT_HERE) { simt::ldmatrix_x4(result, address, true, here); }
inline void mma_m16n8k16_bf16(float (&d)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1, SIMT_HERE) { simt::mma_m16n8k16_bf16(d, a, b0, b1, here); }

inline float ex2(float x) {
    const float y = simt::approximate(std::exp2(x), 2);
    return y < 0x1p-126f ? 0 : y;
}

inline float rcp(float x) {
    const auto flushed = [](float v) { return std::fabs(v) < 0x1p-126f ? std::copysign(0.0f, v) : v; };
    return flushed(simt::approximate(1.0f / flushed(x), 1));
}

inline void named_barrier_sync(int id, int threads, SIMT_HERE) { simt::barrier(id, threads, true, here); }
inline void named_barrier_arrive(int id, int threads, SIMT_HERE) { simt::barrier(id, threads, false, here); }

inline void mbarrier_init(uint32_t barrier, int arrivals, SIMT_HERE) { simt::mbarrier_init(barrier, uint32_t(arrivals), here); }
inline void mbarrier_fence_init() {}
inline void mbarrier_arrive(uint32_t barrier, SIMT_HERE) { simt::mbarrier_arrive(barrier, here); }
inline void mbarrier_arrive_expect(uint32_t barrier, uint32_t bytes, SIMT_HERE) { simt::mbarrier_arrive_expect(barrier, bytes, here); }
inline bool mbarrier_try_wait(uint32_t barrier, uint32_t parity, SIMT_HERE) { return simt::mbarrier_try_wait(barrier, parity, here); }
inline void mbarrier_wait(uint32_t barrier, uint32_t parity, SIMT_HERE) { simt::mbarrier_wait(barrier, parity, here); }

inline void fence_proxy_async() { simt::fence_proxy_async(); }
inline void bulk_load(uint32_t to, const void* from, uint32_t bytes, uint32_t barrier, SIMT_HERE) { simt::bulk_load(to, from, bytes, barrier, here); }
inline void bulk_store(void* to, uint32_t from, uint32_t bytes, SIMT_HERE) { simt::bulk_store(to, from, bytes, here); }
inline void bulk_commit() { simt::bulk_commit(); }
template <int N>
void bulk_wait_read(SIMT_HERE) {
    simt::bulk_wait(N, here);
}
template <int N>
void bulk_wait(SIMT_HERE) {
    simt::bulk_wait(N, here);
}

inline void wgmma_fence(SIMT_HERE) { simt::wgmma_fence(here); }
inline void wgmma_commit(SIMT_HERE) { simt::wgmma_commit(here); }
template <int N>
void wgmma_wait(SIMT_HERE) {
    simt::wgmma_wait(N, here);
}
template <int N, int TransA = 0, int TransB = 0>
void wgmma_m64k16_bf16(float (&d)[N / 2], uint64_t a, uint64_t b, int accumulate, SIMT_HERE) {
    simt::wgmma_m64k16_bf16(d, N, nullptr, a, b, accumulate != 0, TransA != 0, TransB != 0, here);
}
template <int N, int TransB = 0>
void wgmma_m64k16_bf16(float (&d)[N / 2], const uint32_t (&a)[4], uint64_t b, int accumulate, SIMT_HERE) {
    simt::wgmma_m64k16_bf16(d, N, a, 0, b, accumulate != 0, false, TransB != 0, here);
}
template <int R>
void registers_increase() {}
template <int R>
void registers_decrease() {}

}  // namespace lgv
