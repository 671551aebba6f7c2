// The primitives that kernels may use beside CUDA's own words: on the device one PTX instruction each, in the emulator simt/primitives.h. Every one has a case
// in the PTX interpreter and a line in the conformance program (native/simt), or it is not here.
//
//   memory      ld_global ld_global_nc st_global  ld_shared st_shared  (T of 2, 4, 8 or 16 bytes, aligned to its size)   shared_address
//   cp.async    cp_async16 cp_async8 cp_async4  cp_async_commit  cp_async_wait<N>                                        sm_80
//   matrices    ldmatrix_x4 ldmatrix_x4_trans  mma_m16n8k16_bf16                                                          sm_80
//   functions   ex2 rcp
//   barriers    named_barrier_sync named_barrier_arrive
//   mbarrier    mbarrier_init mbarrier_fence_init mbarrier_arrive mbarrier_arrive_expect mbarrier_try_wait mbarrier_wait   sm_90
//   bulk copies bulk_load bulk_store bulk_commit bulk_wait_read<N> bulk_wait<N>  fence_proxy_async                         sm_90
//   wgmma       wgmma_descriptor wgmma_fence wgmma_m64k16_bf16<N> (A from shared memory or from registers) wgmma_commit wgmma_wait<N>
//               registers_increase<R> registers_decrease<R>                                                               sm_90a
//
// Shared memory is named by its 32-bit address in the shared window, as the instructions take it.
#pragma once

#include <cstring>

#include "device/cuda/kernel.cuh"

#ifdef __CUDACC__

namespace lgv {

LGV_DEVICE uint32_t shared_address(const void* p) { return uint32_t(__cvta_generic_to_shared(p)); }

#define LGV_LOAD(name, instruction, address_type, constraint)                                                                                       \
    template <class T>                                                                                                                             \
    LGV_DEVICE T name(address_type p) {                                                                                                            \
        static_assert(sizeof(T) == 16 || sizeof(T) == 8 || sizeof(T) == 4 || sizeof(T) == 2, "an access has 2, 4, 8 or 16 bytes");                 \
        T v;                                                                                                                                       \
        if constexpr (sizeof(T) == 16) {                                                                                                           \
            uint4 u;                                                                                                                               \
            asm volatile(instruction ".v4.u32 {%0,%1,%2,%3}, [%4];" : "=r"(u.x), "=r"(u.y), "=r"(u.z), "=r"(u.w) : constraint(p) : "memory");      \
            memcpy(&v, &u, 16);                                                                                                                    \
        } else if constexpr (sizeof(T) == 8) {                                                                                                     \
            uint2 u;                                                                                                                               \
            asm volatile(instruction ".v2.u32 {%0,%1}, [%2];" : "=r"(u.x), "=r"(u.y) : constraint(p) : "memory");                                  \
            memcpy(&v, &u, 8);                                                                                                                     \
        } else if constexpr (sizeof(T) == 4) {                                                                                                     \
            uint32_t u;                                                                                                                            \
            asm volatile(instruction ".u32 %0, [%1];" : "=r"(u) : constraint(p) : "memory");                                                       \
            memcpy(&v, &u, 4);                                                                                                                     \
        } else {                                                                                                                                   \
            uint16_t u;                                                                                                                            \
            asm volatile(instruction ".u16 %0, [%1];" : "=h"(u) : constraint(p) : "memory");                                                       \
            memcpy(&v, &u, 2);                                                                                                                     \
        }                                                                                                                                          \
        return v;                                                                                                                                  \
    }
LGV_LOAD(ld_global, "ld.global", const T*, "l")
LGV_LOAD(ld_global_nc, "ld.global.nc", const T*, "l")  // of memory that nobody writes while the kernel runs
LGV_LOAD(ld_shared, "ld.shared", uint32_t, "r")
#undef LGV_LOAD

#define LGV_STORE(name, instruction, address_type, constraint)                                                                                     \
    template <class T>                                                                                                                             \
    LGV_DEVICE void name(address_type p, T v) {                                                                                                    \
        static_assert(sizeof(T) == 16 || sizeof(T) == 8 || sizeof(T) == 4 || sizeof(T) == 2, "an access has 2, 4, 8 or 16 bytes");                 \
        if constexpr (sizeof(T) == 16) {                                                                                                           \
            uint4 u;                                                                                                                               \
            memcpy(&u, &v, 16);                                                                                                                    \
            asm volatile(instruction ".v4.u32 [%0], {%1,%2,%3,%4};" ::constraint(p), "r"(u.x), "r"(u.y), "r"(u.z), "r"(u.w) : "memory");           \
        } else if constexpr (sizeof(T) == 8) {                                                                                                     \
            uint2 u;                                                                                                                               \
            memcpy(&u, &v, 8);                                                                                                                     \
            asm volatile(instruction ".v2.u32 [%0], {%1,%2};" ::constraint(p), "r"(u.x), "r"(u.y) : "memory");                                     \
        } else if constexpr (sizeof(T) == 4) {                                                                                                     \
            uint32_t u;                                                                                                                            \
            memcpy(&u, &v, 4);                                                                                                                     \
            asm volatile(instruction ".u32 [%0], %1;" ::constraint(p), "r"(u) : "memory");                                                         \
        } else {                                                                                                                                   \
            uint16_t u;                                                                                                                            \
            memcpy(&u, &v, 2);                                                                                                                     \
            asm volatile(instruction ".u16 [%0], %1;" ::constraint(p), "h"(u) : "memory");                                                         \
        }                                                                                                                                          \
    }
LGV_STORE(st_global, "st.global", T*, "l")
LGV_STORE(st_shared, "st.shared", uint32_t, "r")
#undef LGV_STORE

// Copies 16 (8, 4) bytes to shared memory, of which the first src_bytes come from `src` and the rest are zeros; with 0, `src` is not read.
LGV_DEVICE void cp_async16(uint32_t dst, const void* src, int src_bytes = 16) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(dst), "l"(src), "r"(src_bytes) : "memory");
}
LGV_DEVICE void cp_async8(uint32_t dst, const void* src, int src_bytes = 8) {
    asm volatile("cp.async.ca.shared.global [%0], [%1], 8, %2;" ::"r"(dst), "l"(src), "r"(src_bytes) : "memory");
}
LGV_DEVICE void cp_async4(uint32_t dst, const void* src, int src_bytes = 4) {
    asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(dst), "l"(src), "r"(src_bytes) : "memory");
}
LGV_DEVICE void cp_async_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
// Until at most N of this thread's committed groups are still under way.
template <int N>
LGV_DEVICE void cp_async_wait() {
    asm volatile("cp.async.wait_group %0;" ::"n"(N) : "memory");
}

// Four 8x8 matrices of 16-bit numbers; lane 8i + r gives the address of row r of matrix i.
LGV_DEVICE void ldmatrix_x4(uint32_t (&r)[4], uint32_t address) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];" : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(address) : "memory");
}
LGV_DEVICE void ldmatrix_x4_trans(uint32_t (&r)[4], uint32_t address) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];" : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(address) : "memory");
}

// d += a b: a 16x16 row-major, b 16x8 column-major bfloat16, d 16x8 float32.
LGV_DEVICE void mma_m16n8k16_bf16(float (&d)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                 : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// 2^x within 2 units in the last place; 0 where that is less than 2^-126.
LGV_DEVICE float ex2(float x) {
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
}

// 1 / x within a unit in the last place; numbers below 2^-126 are 0, before and after.
LGV_DEVICE float rcp(float x) {
    float y;
    asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
}

// Barrier `id` (1 to 15; 0 is __syncthreads) of `threads` threads, a multiple of 32.
LGV_DEVICE void named_barrier_sync(int id, int threads) { asm volatile("bar.sync %0, %1;" ::"r"(id), "r"(threads) : "memory"); }
LGV_DEVICE void named_barrier_arrive(int id, int threads) { asm volatile("bar.arrive %0, %1;" ::"r"(id), "r"(threads) : "memory"); }

#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 900

LGV_DEVICE void mbarrier_init(uint32_t barrier, int arrivals) { asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(arrivals) : "memory"); }
// Between the last mbarrier_init and the first use by anybody else.
LGV_DEVICE void mbarrier_fence_init() { asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory"); }
LGV_DEVICE void mbarrier_arrive(uint32_t barrier) { asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(barrier) : "memory"); }
LGV_DEVICE void mbarrier_arrive_expect(uint32_t barrier, uint32_t bytes) {
    asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes) : "memory");
}
LGV_DEVICE bool mbarrier_try_wait(uint32_t barrier, uint32_t parity) {
    uint32_t done;
    asm volatile("{ .reg .pred p; mbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2; selp.u32 %0, 1, 0, p; }" : "=r"(done) : "r"(barrier), "r"(parity) : "memory");
    return done != 0;
}
LGV_DEVICE void mbarrier_wait(uint32_t barrier, uint32_t parity) {
    while (!mbarrier_try_wait(barrier, parity)) {
    }
}

// Makes what this thread wrote to shared memory visible to bulk copies and wgmma.
LGV_DEVICE void fence_proxy_async() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

// `bytes` (a multiple of 16; both ends aligned to 16) to shared memory; the mbarrier counts them as they arrive.
LGV_DEVICE void bulk_load(uint32_t dst, const void* src, uint32_t bytes, uint32_t barrier) {
    asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(dst), "l"(src), "r"(bytes), "r"(barrier) : "memory");
}
// From shared memory, in this thread's bulk group.
LGV_DEVICE void bulk_store(void* dst, uint32_t src, uint32_t bytes) {
    asm volatile("cp.async.bulk.global.shared::cta.bulk_group [%0], [%1], %2;" ::"l"(dst), "r"(src), "r"(bytes) : "memory");
}
LGV_DEVICE void bulk_commit() { asm volatile("cp.async.bulk.commit_group;" ::: "memory"); }
// Until at most N groups have not yet read their source (wait_read), or are not yet done.
template <int N>
LGV_DEVICE void bulk_wait_read() {
    asm volatile("cp.async.bulk.wait_group.read %0;" ::"n"(N) : "memory");
}
template <int N>
LGV_DEVICE void bulk_wait() {
    asm volatile("cp.async.bulk.wait_group %0;" ::"n"(N) : "memory");
}

#endif

#if !defined(__CUDA_ARCH__) || defined(__CUDA_ARCH_FEAT_SM90_ALL)

LGV_DEVICE void wgmma_fence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
LGV_DEVICE void wgmma_commit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
template <int N>
LGV_DEVICE void wgmma_wait() {
    asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(N) : "memory");
}
template <int R>
LGV_DEVICE void registers_increase() {
    asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(R));
}
template <int R>
LGV_DEVICE void registers_decrease() {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(R));
}

// d (64 x N, float32) = [accumulate] d + a b: a 64x16, b 16xN bfloat16, both in shared memory by their descriptors, a K-major or (TransA) M-major, b K-major
// or (TransB) N-major; or a in registers, K-major.
template <int N, int TransA = 0, int TransB = 0>
LGV_DEVICE void wgmma_m64k16_bf16(float (&d)[N / 2], uint64_t a, uint64_t b, int accumulate);
template <int N, int TransB = 0>
LGV_DEVICE void wgmma_m64k16_bf16(float (&d)[N / 2], const uint32_t (&a)[4], uint64_t b, int accumulate);

#define LGV_D8(i) "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3]), "+f"(d[i + 4]), "+f"(d[i + 5]), "+f"(d[i + 6]), "+f"(d[i + 7])
template <int N, int TransA, int TransB>
LGV_DEVICE void wgmma_m64k16_bf16(float (&d)[N / 2], uint64_t a, uint64_t b, int accumulate) {
    static_assert(N == 64 || N == 128, "this N has no operand list yet");
    if constexpr (N == 64) {
        asm volatile(
            "{ .reg .pred p; setp.ne.b32 p, %34, 0;\n"
            "wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 "
            "{%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15,%16,%17,%18,%19,%20,%21,%22,%23,%24,%25,%26,%27,%28,%29,%30,%31}, "
            "%32, %33, p, 1, 1, %35, %36; }"
            : LGV_D8(0), LGV_D8(8), LGV_D8(16), LGV_D8(24)
            : "l"(a), "l"(b), "r"(accumulate), "n"(TransA), "n"(TransB));
    } else {
        asm volatile(
            "{ .reg .pred p; setp.ne.b32 p, %66, 0;\n"
            "wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 "
            "{%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15,%16,%17,%18,%19,%20,%21,%22,%23,%24,%25,%26,%27,%28,%29,%30,%31,%32,%33,%34,%35,%36,%37,%38,%39,%40,%41,%42,%43,%44,%45,%46,%47,%48,%49,%50,%51,%52,%53,%54,%55,%56,%57,%58,%59,%60,%61,%62,%63}, "
            "%64, %65, p, 1, 1, %67, %68; }"
            : LGV_D8(0), LGV_D8(8), LGV_D8(16), LGV_D8(24), LGV_D8(32), LGV_D8(40), LGV_D8(48), LGV_D8(56)
            : "l"(a), "l"(b), "r"(accumulate), "n"(TransA), "n"(TransB));
    }
}

template <int N, int TransB>
LGV_DEVICE void wgmma_m64k16_bf16(float (&d)[N / 2], const uint32_t (&a)[4], uint64_t b, int accumulate) {
    static_assert(N == 64 || N == 128, "this N has no operand list yet");
    if constexpr (N == 64) {
        asm volatile(
            "{ .reg .pred p; setp.ne.b32 p, %37, 0;\n"
            "wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 "
            "{%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15,%16,%17,%18,%19,%20,%21,%22,%23,%24,%25,%26,%27,%28,%29,%30,%31}, "
            "{%32,%33,%34,%35}, %36, p, 1, 1, %38; }"
            : LGV_D8(0), LGV_D8(8), LGV_D8(16), LGV_D8(24)
            : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b), "r"(accumulate), "n"(TransB));
    } else {
        asm volatile(
            "{ .reg .pred p; setp.ne.b32 p, %69, 0;\n"
            "wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 "
            "{%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15,%16,%17,%18,%19,%20,%21,%22,%23,%24,%25,%26,%27,%28,%29,%30,%31,%32,%33,%34,%35,%36,%37,%38,%39,%40,%41,%42,%43,%44,%45,%46,%47,%48,%49,%50,%51,%52,%53,%54,%55,%56,%57,%58,%59,%60,%61,%62,%63}, "
            "{%64,%65,%66,%67}, %68, p, 1, 1, %70; }"
            : LGV_D8(0), LGV_D8(8), LGV_D8(16), LGV_D8(24), LGV_D8(32), LGV_D8(40), LGV_D8(48), LGV_D8(56)
            : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b), "r"(accumulate), "n"(TransB));
    }
}

#undef LGV_D8

#endif

}  // namespace lgv

#else

#include "simt/primitives.h"

#endif

namespace lgv {

// How a wgmma operand lies in shared memory; strides between core matrices (8 rows of 16 bytes) in bytes: `leading` along K, `other` along M or N.
enum class Swizzle : uint32_t { none = 0, bytes128 = 1, bytes64 = 2, bytes32 = 3 };

LGV_HOST_DEVICE uint64_t wgmma_descriptor(uint32_t address, uint32_t leading, uint32_t other, Swizzle swizzle) {
    return uint64_t((address & 0x3FFFFu) >> 4) | uint64_t((leading & 0x3FFFFu) >> 4) << 16 | uint64_t((other & 0x3FFFFu) >> 4) << 32 | uint64_t(swizzle) << 62;
}

}  // namespace lgv
