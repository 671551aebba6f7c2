// The host half of device/cuda/kernel.cuh: the CUDA execution model on fibers.
#pragma once
// ------------------------------------------------------------------------------------------------- host build
#include <cmath>
#include <tuple>
#include <type_traits>
#include <cstring>
#include <cstddef>
#include <cstdint>
#include "simt/runtime.h"
#define __global__
#define __device__
#define __host__
#define __grid_constant__
#define __launch_bounds__(...)
#define __forceinline__ inline
#define __shared__ SIMT_declare_shared_memory_with_LGV_SHARED
#define SIMT_LOC0 const char *simt_f = __builtin_FILE(), int simt_l = __builtin_LINE()
#define SIMT_LOC , SIMT_LOC0
#define SIMT_INL inline __attribute__((no_sanitize("thread")))
#define LGV_DEVICE inline
#define LGV_SHARED(name, ...)                                                                                    \
  static char name##_simt_key;                                                                               \
  auto& name = *static_cast<::lgv::shared_type<__VA_ARGS__>*>(::simt::static_shared(                             \
      &name##_simt_key, sizeof(::lgv::shared_type<__VA_ARGS__>), alignof(::lgv::shared_type<__VA_ARGS__>), #name))

namespace simt {
struct Loc { const char* file; int line; };
struct ThreadView { uint3 tid; unsigned lin, lane, warp; };   // first member of the runtime's fiber
struct Ctx { ThreadView* cur; uint3 bid; dim3 gdim, bdim; };
extern Ctx ctx;

// Knobs. Every one can be set through the environment (SIMT_SEED, SIMT_ASYNC, SIMT_CHECK, SIMT_COUNT, ...).
struct Config {
  uint64_t seed = 1;      // 0 = round robin fibers, ascending blocks; other = random order of both
  int async = 0;          // async copies / wgmma happen: 0 as late as allowed, 1 at issue, 2 random
  bool check = false;     // shadow memory: races, uninitialised reads, in-flight accesses, exact bounds
  bool count = false;     // performance counters
  int preempt = 0;        // 1/n chance to switch fiber at every instrumented access (hook build)
  bool strict_exit = true;  // a thread that returned while others wait at __syncthreads is an error
  size_t smem_limit = 227 * 1024;
  int max_reports = 20;
};
extern Config cfg;

struct Error { const char* kind; char text[600]; };
int error_count();                    // errors since clear_errors()
const Error& error_at(int i);
void clear_errors();
bool expect_error(const char* kind);  // true if one of that kind was recorded
void print_counters(const char* kernel);
void reset_counters();

void set_args(const void* const* a, const size_t* s, int n, const void* fn);
void run(const void* kernel, dim3 grid, dim3 block, size_t smem, void (*entry)(void*), void* arg);
void* dev_malloc(size_t n);
void dev_free(void* p);

void* dyn_smem();
void* static_shared(void* key, size_t size, size_t align, const char* name);

// --- hooks the primitives in ptx.cuh are written against
using WarpFn = void (*)(void** lane_arg, unsigned mask, Loc);
void warp_op(const char* what, unsigned mask, bool aligned, void* arg, WarpFn fn, Loc);
void group_op(const char* what, void* arg, void (*fn)(void** arg128, Loc), Loc);      // 128-thread warpgroup
void block_barrier(int id, int nthreads /*0 = whole block*/, bool wait, Loc);
int block_reduce(int op, int pred, Loc);                                              // __syncthreads_or/and/count
void maybe_yield();
enum { RD = 0, WR = 1, ATOMIC = 3 };
bool access(const void* p, size_t n, int rw, Loc);          // checked access from a primitive; false: do not touch
void* smem_ptr(uint32_t a);
uint32_t smem_u32(const void* p, Loc);
bool smem_access(uint32_t a, size_t n, int rw, Loc);
void* atomic_ptr(void* p, size_t n, Loc);
void fail(const char* kind, Loc, const char* fmt, ...) __attribute__((format(printf, 3, 4)));
void count_mma(long flops, Loc);
float approx(float exact, int ulps);                        // adversarial error of an approximate intrinsic
}  // namespace simt

#define threadIdx (::simt::ctx.cur->tid)
#define blockIdx (::simt::ctx.bid)
#define blockDim (::simt::ctx.bdim)
#define gridDim (::simt::ctx.gdim)
constexpr int warpSize = 32;

// ---- CUDA built-ins used by the kernels
inline void __syncthreads(SIMT_LOC0) { simt::block_barrier(0, 0, true, {simt_f, simt_l}); }
inline int __syncthreads_or(int p SIMT_LOC) { return simt::block_reduce(0, p, {simt_f, simt_l}); }
inline int __syncthreads_and(int p SIMT_LOC) { return simt::block_reduce(1, p, {simt_f, simt_l}); }
inline int __syncthreads_count(int p SIMT_LOC) { return simt::block_reduce(2, p, {simt_f, simt_l}); }
inline void __syncwarp(unsigned m = 0xffffffffu SIMT_LOC) { simt::warp_op("__syncwarp", m, false, nullptr, nullptr, {simt_f, simt_l}); }
inline void __threadfence() {}
inline void __threadfence_block() {}
inline unsigned __activemask() { return 1u << simt::ctx.cur->lane; }   // the weakest answer the model allows

namespace simt {
struct ShflArg { uint64_t v; int src; bool self; };
void shfl_fn(void** a, unsigned mask, Loc l);
template <class T> SIMT_INL T shfl(unsigned m, T v, int src, bool self, const char* what, Loc l) {
  static_assert(sizeof(T) <= 8, "shuffle of more than 8 bytes");
  ShflArg a{0, src, self}; std::memcpy(&a.v, &v, sizeof v);
  warp_op(what, m, false, &a, shfl_fn, l);
  T r; std::memcpy(&r, &a.v, sizeof r); return r;
}
struct VoteArg { int p; unsigned ballot; };
void vote_fn(void** a, unsigned mask, Loc);
inline unsigned vote(unsigned m, int p, const char* what, Loc l) { VoteArg a{p, 0}; warp_op(what, m, false, &a, vote_fn, l); return a.ballot; }
}  // namespace simt
template <class T> T __shfl_sync(unsigned m, T v, int s, int w = 32 SIMT_LOC) {
  int b = (int)simt::ctx.cur->lane & ~(w - 1); return simt::shfl(m, v, b + (s & (w - 1)), false, "__shfl_sync", {simt_f, simt_l}); }
template <class T> T __shfl_xor_sync(unsigned m, T v, int x, int w = 32 SIMT_LOC) {
  int l = simt::ctx.cur->lane, s = l ^ x; bool out = s > (l | (w - 1));
  return simt::shfl(m, v, out ? l : s, out, "__shfl_xor_sync", {simt_f, simt_l}); }
template <class T> T __shfl_down_sync(unsigned m, T v, int d, int w = 32 SIMT_LOC) {
  int l = simt::ctx.cur->lane, s = l + d; bool out = s > (l | (w - 1));
  return simt::shfl(m, v, out ? l : s, out, "__shfl_down_sync", {simt_f, simt_l}); }
template <class T> T __shfl_up_sync(unsigned m, T v, int d, int w = 32 SIMT_LOC) {
  int l = simt::ctx.cur->lane, s = l - d; bool out = s < (l & ~(w - 1));
  return simt::shfl(m, v, out ? l : s, out, "__shfl_up_sync", {simt_f, simt_l}); }
inline unsigned __ballot_sync(unsigned m, int p SIMT_LOC) { return simt::vote(m, p, "__ballot_sync", {simt_f, simt_l}); }
inline int __any_sync(unsigned m, int p SIMT_LOC) { return simt::vote(m, p, "__any_sync", {simt_f, simt_l}) != 0; }
inline int __all_sync(unsigned m, int p SIMT_LOC) { return simt::vote(m, p, "__all_sync", {simt_f, simt_l}) == m; }

template <class T> SIMT_INL T atomicAdd(T* p, T v SIMT_LOC) {
  T* q = (T*)simt::atomic_ptr(p, sizeof(T), {simt_f, simt_l}); if (!q) return v; T o = *q; *q = o + v; return o; }
template <class T> SIMT_INL T atomicMax(T* p, T v SIMT_LOC) {
  T* q = (T*)simt::atomic_ptr(p, sizeof(T), {simt_f, simt_l}); if (!q) return v; T o = *q; if (v > o) *q = v; return o; }
template <class T> SIMT_INL T __ldg(const T* p SIMT_LOC) {
  T v; std::memset((void*)&v, 0xff, sizeof v);
  if (simt::access(p, sizeof(T), simt::RD, {simt_f, simt_l})) std::memcpy((void*)&v, p, sizeof v);
  return v; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __fmaf_rn(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
inline float __fsqrt_rn(float a) { return __builtin_sqrtf(a); }
inline uint32_t __umulhi(uint32_t a, uint32_t b) { return (uint32_t)(((uint64_t)a * b) >> 32); }
inline float __uint_as_float(unsigned u) { float f; std::memcpy(&f, &u, 4); return f; }
inline unsigned __float_as_uint(float f) { unsigned u; std::memcpy(&u, &f, 4); return u; }
inline float __expf(float x) { return simt::approx(std::exp(x), 2 + (int)std::fabs(x)); }
inline float __logf(float x) { return simt::approx(std::log(x), 3); }
inline float __fdividef(float a, float b) { return simt::approx(a / b, 2); }
inline float rsqrtf(float x) { return simt::approx(1.0f / std::sqrt(x), 2); }
inline void __sincosf(float x, float* s, float* c) { *s = std::sin(x) + simt::approx(1e-7f, 0); *c = std::cos(x); }
inline void sincospif_(float x, float* s, float* c) { *s = (float)std::sin(M_PI * (double)x); *c = (float)std::cos(M_PI * (double)x); }
#define sincospif sincospif_
inline int __popc(unsigned x) { return __builtin_popcount(x); }
template <class T> constexpr T min(T a, T b) { return b < a ? b : a; }
template <class T> constexpr T max(T a, T b) { return a < b ? b : a; }

namespace lgv {
inline void* dynamic_shared() { return simt::dyn_smem(); }

template <class... P, class... A>
void launch(void (*kernel)(P...), dim3 grid, dim3 block, int64_t shared_bytes, cudaStream_t stream, A&&... arguments) {
  simt::queue(stream, [=, args = std::tuple<P...>(static_cast<P>(arguments)...)]() mutable {
    std::apply([&](auto&... v) { const void* a[] = {(const void*)&v..., nullptr}; size_t s[] = {sizeof v..., 0}; simt::set_args(a, s, sizeof...(v), (const void*)kernel); }, args);
    struct Pack { void (*k)(P...); std::tuple<P...>* t; } pack{kernel, &args};
    simt::run((const void*)kernel, grid, block, size_t(shared_bytes), [](void* v) { auto* p = static_cast<Pack*>(v); std::apply(p->k, *p->t); }, &pack);
  });
}
}  // namespace lgv
