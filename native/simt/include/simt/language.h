// The host half of device/cuda/kernel.cuh: CUDA's own words, as the emulator understands them.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

#include "simt/calls.h"

#define __global__
#define __device__
#define __host__
#define __grid_constant__
#define __launch_bounds__(...)
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __shared__ SIMT_declare_shared_memory_with_LGV_SHARED

// As on the device: helpers are part of the kernel, so a return address says which of its lines it was.
#define LGV_DEVICE __forceinline__
#define LGV_SHARED(name, ...)                                                                                                              \
    static char name##_key;                                                                                                                \
    auto& name = *static_cast<::lgv::shared_type<__VA_ARGS__>*>(                                                                           \
        ::simt::static_shared(&name##_key, sizeof(::lgv::shared_type<__VA_ARGS__>), alignof(::lgv::shared_type<__VA_ARGS__>), #name))

#define threadIdx (::simt::running.thread->index)
#define blockIdx (::simt::running.block_index)
#define blockDim (::simt::running.block)
#define gridDim (::simt::running.grid)
constexpr int warpSize = 32;

namespace simt {

// What a load gives that must not happen, and what memory is full of that nobody has written: NaN.
template <class T>
T poison() {
    T value;
    std::memset(static_cast<void*>(&value), 0xff, sizeof value);
    return value;
}

}  // namespace simt

// ---- barriers and fences

inline void __syncthreads(SIMT_HERE) { simt::barrier(0, 0, true, here); }
inline int __syncthreads_or(int predicate, SIMT_HERE) { return simt::barrier_reduce(simt::Reduction::any, predicate != 0, here); }
inline int __syncthreads_and(int predicate, SIMT_HERE) { return simt::barrier_reduce(simt::Reduction::all, predicate != 0, here); }
inline int __syncthreads_count(int predicate, SIMT_HERE) { return simt::barrier_reduce(simt::Reduction::count, predicate != 0, here); }
inline void __syncwarp(unsigned mask = 0xffffffffu, SIMT_HERE) { simt::memory_meeting(mask, here); }
inline void __threadfence() {}
inline void __threadfence_block() {}

// ---- shuffles and votes. A lane whose source lies outside of its segment of `width` lanes keeps its own.

namespace simt {

template <class T>
SIMT_WORD T shuffle_value(unsigned mask, T value, int source, bool own, const char* what, Place place) {
    static_assert(sizeof(T) <= 8, "a shuffle moves at most 8 bytes");
    uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof value);
    bits = shuffle(mask, bits, source, own, what, place);
    std::memcpy(static_cast<void*>(&value), &bits, sizeof value);
    return value;
}
inline int own_lane() { return int(running.thread->lane); }

}  // namespace simt

template <class T>
T __shfl_sync(unsigned mask, T value, int source, int width = 32, SIMT_HERE) {
    const int first = simt::own_lane() & ~(width - 1);
    return simt::shuffle_value(mask, value, first + (source & (width - 1)), false, "__shfl_sync", here);
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int change, int width = 32, SIMT_HERE) {
    const int lane = simt::own_lane(), source = lane ^ change;
    const bool outside = source > (lane | (width - 1));
    return simt::shuffle_value(mask, value, outside ? lane : source, outside, "__shfl_xor_sync", here);
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, int distance, int width = 32, SIMT_HERE) {
    const int lane = simt::own_lane(), source = lane + distance;
    const bool outside = source > (lane | (width - 1));
    return simt::shuffle_value(mask, value, outside ? lane : source, outside, "__shfl_down_sync", here);
}
template <class T>
T __shfl_up_sync(unsigned mask, T value, int distance, int width = 32, SIMT_HERE) {
    const int lane = simt::own_lane(), source = lane - distance;
    const bool outside = source < (lane & ~(width - 1));
    return simt::shuffle_value(mask, value, outside ? lane : source, outside, "__shfl_up_sync", here);
}
inline unsigned __ballot_sync(unsigned mask, int predicate, SIMT_HERE) { return simt::ballot(mask, predicate != 0, "__ballot_sync", here); }
inline int __any_sync(unsigned mask, int predicate, SIMT_HERE) { return simt::ballot(mask, predicate != 0, "__any_sync", here) != 0; }
inline int __all_sync(unsigned mask, int predicate, SIMT_HERE) { return simt::ballot(mask, predicate != 0, "__all_sync", here) == mask; }
inline unsigned __activemask() { return 1u << simt::running.thread->lane; }  // "only me": the weakest answer that the rules allow

// ---- atomics, and loads through the read-only cache

namespace simt {

template <class T, class Change>
SIMT_WORD T change_atomically(T* address, T otherwise, Place place, Change change) {
    T* p = static_cast<T*>(atomic_pointer(address, sizeof(T), place));
    if (p == nullptr) return otherwise;
    const T old = *p;
    *p = change(old);
    return old;
}

}  // namespace simt

template <class T>
T atomicAdd(T* p, std::type_identity_t<T> v, SIMT_HERE) {
    return simt::change_atomically(p, v, here, [v](T old) { return old + v; });
}
template <class T>
T atomicMax(T* p, std::type_identity_t<T> v, SIMT_HERE) {
    return simt::change_atomically(p, v, here, [v](T old) { return old < v ? v : old; });
}
template <class T>
T atomicMin(T* p, std::type_identity_t<T> v, SIMT_HERE) {
    return simt::change_atomically(p, v, here, [v](T old) { return v < old ? v : old; });
}
template <class T>
T atomicOr(T* p, std::type_identity_t<T> v, SIMT_HERE) {
    return simt::change_atomically(p, v, here, [v](T old) { return old | v; });
}
template <class T>
T atomicAnd(T* p, std::type_identity_t<T> v, SIMT_HERE) {
    return simt::change_atomically(p, v, here, [v](T old) { return old & v; });
}
template <class T>
T atomicExch(T* p, std::type_identity_t<T> v, SIMT_HERE) {
    return simt::change_atomically(p, v, here, [v](T) { return v; });
}
template <class T>
T atomicCAS(T* p, std::type_identity_t<T> expected, std::type_identity_t<T> v, SIMT_HERE) {
    return simt::change_atomically(p, v, here, [=](T old) { return old == expected ? v : old; });
}
template <class T>
SIMT_WORD T __ldg(const T* p) {
    T v = simt::poison<T>();
    if (simt::access(p, sizeof(T), simt::Access::read, simt::Place::of(__builtin_return_address(0)))) std::memcpy(static_cast<void*>(&v), p, sizeof v);
    return v;
}

// ---- arithmetic. What hardware only approximates is off here by a few units in the last place, at random.

inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fsub_rn(float a, float b) { return a - b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __frcp_rn(float a) { return 1.0f / a; }
inline float __fmaf_rn(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
inline float __fsqrt_rn(float a) { return __builtin_sqrtf(a); }
inline float __saturatef(float a) { return a > 0 ? (a < 1 ? a : 1.0f) : 0.0f; }
inline float __expf(float x) { return simt::approximate(std::exp(x), 2 + int(std::min(std::fabs(x), 200.0f))); }
inline float __logf(float x) { return simt::approximate(std::log(x), 3); }
inline float __log2f(float x) { return simt::approximate(std::log2(x), 3); }
inline float __sinf(float x) { return simt::approximate(std::sin(x), 3); }
inline float __cosf(float x) { return simt::approximate(std::cos(x), 3); }
inline float __fdividef(float a, float b) { return simt::approximate(a / b, 2); }
inline float rsqrtf(float x) { return simt::approximate(1.0f / std::sqrt(x), 2); }
inline void __sincosf(float x, float* s, float* c) {
    *s = __sinf(x);
    *c = __cosf(x);
}
inline void sincospif(float x, float* s, float* c) {
    *s = float(std::sin(M_PI * double(x)));
    *c = float(std::cos(M_PI * double(x)));
}

inline float __uint_as_float(unsigned u) { return __builtin_bit_cast(float, u); }
inline unsigned __float_as_uint(float f) { return __builtin_bit_cast(unsigned, f); }
inline float __int_as_float(int i) { return __builtin_bit_cast(float, i); }
inline int __float_as_int(float f) { return __builtin_bit_cast(int, f); }
inline int __float2int_rn(float f) { return int(std::nearbyint(f)); }
inline int __float2int_rz(float f) { return int(f); }
inline uint32_t __umulhi(uint32_t a, uint32_t b) { return uint32_t((uint64_t(a) * b) >> 32); }
inline int __mulhi(int a, int b) { return int((int64_t(a) * b) >> 32); }
inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __clz(int x) { return x == 0 ? 32 : __builtin_clz(unsigned(x)); }
inline int __ffs(int x) { return __builtin_ffs(x); }
template <class T>
constexpr T min(T a, T b) {
    return b < a ? b : a;
}
template <class T>
constexpr T max(T a, T b) {
    return a < b ? b : a;
}

namespace lgv {

using simt::dynamic_shared;

template <class... P, class... A>
void launch(void (*kernel)(P...), dim3 grid, dim3 block, int64_t shared_bytes, cudaStream_t stream, A&&... arguments) {
    static_assert((std::is_trivially_copyable_v<P> && ...), "a kernel's arguments are copied to the device byte by byte");
    struct Pack {
        void (*kernel)(P...);
        std::tuple<P...> arguments;
    };
    const auto pack = std::make_shared<const Pack>(Pack{kernel, std::tuple<P...>(static_cast<P>(arguments)...)});
    simt::Launch launch{.kernel = reinterpret_cast<const void*>(kernel),
                        .grid = grid,
                        .block = block,
                        .dynamic_shared_bytes = shared_bytes,
                        .thread = [](const void* p) { std::apply(static_cast<const Pack*>(p)->kernel, static_cast<const Pack*>(p)->arguments); },
                        .pack = pack,
                        .arguments = {}};
    std::apply([&](const auto&... one) { (launch.arguments.push_back({&one, sizeof one}), ...); }, pack->arguments);
    simt::launch(std::move(launch), stream);
}

}  // namespace lgv
