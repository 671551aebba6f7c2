// One kernel for each primitive and its variants.
#include "conformance.h"
#include "device/cuda/ptx.cuh"

namespace conformance {

namespace {

using namespace lgv;

#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 900
#define CONFORMANCE_SM90 1
#endif

LGV_DEVICE uint32_t small_bf16(uint32_t i) { return to_bf16(float(int((i * 7 + i / 64 * 3 + i / 1024) % 17) - 8)).bits; }
LGV_DEVICE uint32_t small_pair(uint32_t i) { return small_bf16(2 * i) | small_bf16(2 * i + 1) << 16; }

template <class T>
LGV_DEVICE void keep(uint32_t* out, const T& v) {
    uint32_t words[(sizeof(T) + 3) / 4] = {};
    memcpy(words, &v, sizeof v);
    for (uint32_t k = 0; k < (sizeof(T) + 3) / 4; ++k) out[threadIdx.x * ((sizeof(T) + 3) / 4) + k] = words[k];
}

template <class T>
__global__ void conformance_ld_global(uint32_t* out, const uint32_t* in) { keep(out, ld_global(reinterpret_cast<const T*>(in) + (threadIdx.x * 5 + 1) % 32)); }
template <class T>
__global__ void conformance_ld_global_nc(uint32_t* out, const uint32_t* in) { keep(out, ld_global_nc(reinterpret_cast<const T*>(in) + (threadIdx.x * 5 + 1) % 32)); }
template <class T>
__global__ void conformance_st_global(uint32_t* out, const uint32_t* in) {
    T v;
    uint32_t words[4];
    for (int k = 0; k < 4; ++k) words[k] = in[threadIdx.x * 4 + uint32_t(k)];
    memcpy(&v, words, sizeof v);
    st_global(reinterpret_cast<T*>(out) + (threadIdx.x * 5 + 1) % 32, v);
}
template <class T>
__global__ void conformance_shared(uint32_t* out, const uint32_t* in) {
    const uint32_t base = shared_address(dynamic_shared());
    T v;
    uint32_t words[4];
    for (int k = 0; k < 4; ++k) words[k] = in[threadIdx.x * 4 + uint32_t(k)];
    memcpy(&v, words, sizeof v);
    st_shared(base + threadIdx.x * uint32_t(sizeof(T)), v);
    __syncthreads();
    keep(out, ld_shared<T>(base + (threadIdx.x * 7 + 3) % 32 * uint32_t(sizeof(T))));
}

// Copies of `bytes` with 0 to `bytes` of them from the source, in three groups of which one is left under way.
template <int bytes>
__global__ void conformance_cp_async(uint32_t* out, const uint32_t* in) {
    const uint32_t base = shared_address(dynamic_shared()), t = threadIdx.x;
    const auto copy = [&](uint32_t slot, int from) {
        const uint32_t to = base + (slot * 32 + t) * bytes;
        const auto* source = reinterpret_cast<const unsigned char*>(in) + ((slot * 32 + (t ^ 3)) * bytes);
        if constexpr (bytes == 16) cp_async16(to, source, from);
        else if constexpr (bytes == 8) cp_async8(to, source, from);
        else cp_async4(to, source, from);
    };
    for (uint32_t slot = 0; slot < 3; ++slot) {
        copy(slot, int((t + slot) % (bytes + 1)));
        cp_async_commit();
    }
    cp_async_wait<1>();
    for (uint32_t k = 0; k < 2 * bytes / 4; ++k) {
        const uint32_t slot = k / (bytes / 4);
        out[(slot * 32 + t) * (bytes / 4) + k % (bytes / 4)] = ld_shared<uint32_t>(base + (slot * 32 + t) * bytes + k % (bytes / 4) * 4);
    }
    cp_async_wait<0>();
    for (uint32_t k = 0; k < bytes / 4; ++k) out[(64 + t) * (bytes / 4) + k] = ld_shared<uint32_t>(base + (64 + t) * bytes + k * 4);
}

template <bool transposed>
__global__ void conformance_ldmatrix(uint32_t* out, const uint32_t*) {
    const uint32_t base = shared_address(dynamic_shared()), t = threadIdx.x;
    for (uint32_t i = t; i < 512; i += 32) st_shared(base + 4 * i, i * 0x10001u + 0x80000000u);
    __syncthreads();
    uint32_t r[4];
    const uint32_t address = base + (t * 5 + 3) % 32 * 48;
    if constexpr (transposed) ldmatrix_x4_trans(r, address);
    else ldmatrix_x4(r, address);
    for (uint32_t k = 0; k < 4; ++k) out[t * 4 + k] = r[k];
}

__global__ void conformance_mma(uint32_t* out, const uint32_t*) {
    const uint32_t t = threadIdx.x;
    uint32_t a[4], b[2];
    float d[4];
    for (uint32_t k = 0; k < 4; ++k) a[k] = small_pair(t * 4 + k), d[k] = float(int(t) - int(k));
    for (uint32_t k = 0; k < 2; ++k) b[k] = small_pair(t * 3 + 5 * k + 1);
    mma_m16n8k16_bf16(d, a, b[0], b[1]);
    mma_m16n8k16_bf16(d, a, b[1], b[1]);  // onto what is there
    for (uint32_t k = 0; k < 4; ++k) out[t * 4 + k] = bits_of(d[k]);
}

__global__ void conformance_pack(uint32_t* out, const uint32_t* in) {  // all kinds of float32: ties, subnormals, infinities, not NaN
    const uint32_t t = threadIdx.x;
    for (uint32_t k = 0; k < 64; ++k) {
        uint32_t low = in[t * 128 + k], high = k % 2 == 0 ? in[t * 128 + 64 + k] : (in[t * 128 + 64 + k] & 0xffff0000u) | 0x8000u;
        if ((low & 0x7f800000u) == 0x7f800000u) low &= 0xff800000u;
        if ((high & 0x7f800000u) == 0x7f800000u) high &= 0xff800000u;
        out[t * 64 + k] = pack_bf16(float_of(low), float_of(high));
    }
}

__global__ void conformance_ex2(uint32_t* out, const uint32_t*) {  // the worst error in units, or too many
    float worst = 0;
    for (int k = 0; k < 200; ++k) {
        const float x = float(k - 100) * 1.25f + float(threadIdx.x) * 0.03125f, got = ex2(x);
        const int whole = int(x < 0 ? x - 1 : x);
        const float part = x - float(whole), sum = part * 0.6931471805599453f;
        float series = 1;
        for (int n = 14; n > 0; --n) series = 1 + sum / float(n) * series;
        const float exact = series * float_of(uint32_t(whole + 127) << 23);
        const float error = (got > exact ? got - exact : exact - got) / (exact * 1.2e-7f);
        worst = error > worst ? error : worst;
    }
    out[threadIdx.x] = worst < 8 ? 1 : 0;  // 2 of the function's, the rest of the series'
}

LGV_DEVICE uint32_t units_apart(float a, float b) {  // of the same sign
    const uint32_t x = bits_of(a), y = bits_of(b);
    return x > y ? x - y : y - x;
}

__global__ void conformance_rcp(uint32_t* out, const uint32_t*) {
    uint32_t worst = 0;
    for (int k = 0; k < 200; ++k) {
        const float x = (float(k) * 0.37f + 1.0f) * float_of(uint32_t(127 + (k * 7 + int(threadIdx.x)) % 60 - 30) << 23) * (k % 2 == 0 ? 1.0f : -1.0f);
        const uint32_t apart = units_apart(rcp(x), __fdiv_rn(1.0f, x));
        worst = apart > worst ? apart : worst;
    }
    const uint32_t special[8] = {0u, 0x80000000u, 0x7f800000u, 0xff800000u, 0x00400000u, 0x80400000u, 0x7f000000u, 0x7e800000u};  // zeros, infinities, subnormal; 2^127 and 2^126
    out[threadIdx.x] = worst <= 2 ? bits_of(rcp(float_of(special[threadIdx.x % 8]))) : 1;
}

__global__ void conformance_functions(uint32_t* out, const uint32_t*) {  // expf against a series, the quick forms against the slow
    bool near = true, quick = true, divided = true;
    for (int k = 0; k < 100; ++k) {
        const float x = float(k - 50) * 0.02f + float(threadIdx.x) * 0.0005f;
        float series = 1;
        for (int n = 14; n > 0; --n) series = 1 + x / float(n) * series;
        near = near && units_apart(expf(x), series) < 10;
        const float far = 60 * x;
        quick = quick && float(units_apart(__expf(far), expf(far))) < 5 + 1.5f * (far < 0 ? -far : far);
        divided = divided && units_apart(__fdividef(x, 3.0f + x), __fdiv_rn(x, 3.0f + x)) <= 3;
    }
    out[threadIdx.x] = uint32_t(near) | uint32_t(quick) << 1 | uint32_t(divided) << 2;
}

__global__ void conformance_choices(uint32_t* out, const uint32_t* in) {  // to whole numbers, and the larger of two, one of which may be no number
    const uint32_t t = threadIdx.x;
    const float a = float(int(in[t] % 64u) - 32) * 0.5f, b = t % 4 == 0 ? float_of(0x7fc00000u) : float(int(in[t + 32] % 64u)) * 0.25f - 7.0f;
    out[t] = bits_of(rintf(a));
    out[32 + t] = bits_of(fmaxf(a + 0.0625f, b));
    out[64 + t] = bits_of(fminf(b, a + 0.0625f));
}

__global__ void conformance_atomics(uint32_t* out, const uint32_t* in) {
    LGV_SHARED(counts, uint32_t[5]);
    const uint32_t t = threadIdx.x;
    const auto count = [&](uint32_t* at) {
        atomicAdd(at, in[t]);
        atomicMax(at + 1, in[t]);
        atomicMin(at + 2, in[t]);
        atomicOr(at + 3, 1u << (in[t] % 32u));
        atomicAnd(at + 4, ~(1u << (in[t] % 32u)));
    };
    if (t < 5) {
        counts[t] = t % 2 == 0 ? ~0u : 0u;
        out[t] = counts[t];
    }
    __syncthreads();
    count(counts);
    count(out);
    __syncthreads();
    if (t < 5) out[8 + t] = counts[t];
}

__global__ void conformance_warp_memory(uint32_t* out, const uint32_t*) {  // what lanes tell one another in shared memory, between __syncwarp()s
    const uint32_t base = shared_address(dynamic_shared()), t = threadIdx.x;
    uint32_t value = t * 2654435761u;
    for (uint32_t round = 0; round < 5; ++round) {
        st_shared(base + 4 * t, value);
        __syncwarp();
        value = value * 3 + ld_shared<uint32_t>(base + 4 * ((t + 2 * round + 1) % 32));
        __syncwarp();
    }
    out[t] = value;
}

// Producers (second warp) arrive, consumers (first) wait; and back.
__global__ void conformance_named_barriers(uint32_t* out, const uint32_t*) {
    const uint32_t base = shared_address(dynamic_shared()), t = threadIdx.x;
    if (t >= 64) return;  // a third warp, for which nobody may wait
    for (uint32_t round = 0; round < 3; ++round) {
        if (t >= 32) {
            if (round > 0) named_barrier_sync(2, 64);
            st_shared(base + 4 * (t - 32), t * 3 + round);
            named_barrier_arrive(1, 64);
        } else {
            named_barrier_sync(1, 64);
            out[round * 32 + t] = ld_shared<uint32_t>(base + 4 * (t ^ 5));
            if (round < 2) named_barrier_arrive(2, 64);
        }
    }
    // Each arrives where the other waits, and waits afterwards: whoever waited at once would wait for ever.
    named_barrier_arrive(t < 32 ? 3 : 4, 64);
    named_barrier_sync(t < 32 ? 4 : 3, 64);
}

enum Way : int { exclusive_or, up, down, index };

template <int way, int width>
__global__ void conformance_shuffle(uint32_t* out, const uint32_t* in) {
    const uint32_t t = threadIdx.x, v = in[t];
    for (int by = 0; by < 8; ++by) {
        uint32_t got = 0;
        if constexpr (way == exclusive_or) got = __shfl_xor_sync(0xffffffffu, v, by, width);
        if constexpr (way == up) got = __shfl_up_sync(0xffffffffu, v, unsigned(by), width);
        if constexpr (way == down) got = __shfl_down_sync(0xffffffffu, v, unsigned(by), width);
        if constexpr (way == index) got = __shfl_sync(0xffffffffu, v, by + int(t % 3), width);
        out[uint32_t(by) * 32 + t] = got;
    }
}

__global__ void conformance_votes(uint32_t* out, const uint32_t* in) {
    const uint32_t t = threadIdx.x;
    out[t] = __ballot_sync(0xffffffffu, int(in[t] >> 5 & 1));
    out[32 + t] = uint32_t(__any_sync(0xffffffffu, t == 31)) * 2 + uint32_t(__all_sync(0xffffffffu, t != 7));
    out[64 + t] = uint32_t(__syncthreads_count(int(in[t] & 1))) * 4 + uint32_t(__syncthreads_or(t == 3) != 0) * 2 + uint32_t(__syncthreads_and(t != 3) != 0);
}

__global__ void conformance_arithmetic(uint32_t* out, const uint32_t* in) {  // roundings of float32
    const uint32_t t = threadIdx.x;
    const float a = float_of((in[t] & 0x007fffffu) | 0x3f800000u), b = float_of((in[t + 32] & 0x007fffffu) | 0x40000000u), c = float_of((in[t + 64] & 0x807fffffu) | 0x3f000000u);
    out[t] = bits_of(fused(a, b, c));
    out[32 + t] = bits_of(__fadd_rn(__fmul_rn(a, b), c));
    out[64 + t] = bits_of(__fdiv_rn(a, b));
    out[96 + t] = bits_of(root(b));
    out[128 + t] = __umulhi(in[t], in[t + 32]);
    out[160 + t] = bits_of(float(int(in[t])));
    out[192 + t] = uint32_t(int(a * 1000.0f)) ^ uint32_t(int(c * 1000.0f));
}

// Three phases of an mbarrier: bytes of a bulk copy, then arrivals of all threads, then both; and bulk stores back.
__global__ void conformance_bulk(uint32_t* out, const uint32_t* in) {
#ifdef CONFORMANCE_SM90
    LGV_SHARED(barrier, uint64_t);
    const uint32_t base = shared_address(dynamic_shared()), b = shared_address(&barrier), t = threadIdx.x;
    if (t == 0) {
        mbarrier_init(b, 1);
        mbarrier_fence_init();
    }
    __syncthreads();
    for (uint32_t phase = 0; phase < 3; ++phase) {
        if (t == 0) {
            mbarrier_arrive_expect(b, 512 + 16 * phase);
            bulk_load(base, in + 128 * phase, 512, b);
            if (phase > 0) bulk_load(base + 512, in + 1024 + 4 * phase, 16 * phase, b);
        }
        mbarrier_wait(b, phase & 1);
        out[phase * 32 + t] = ld_shared<uint32_t>(base + 4 * (t * 5 % 128)) ^ (phase > 0 ? ld_shared<uint32_t>(base + 512 + t % (4 * phase) * 4) : 0);
        __syncthreads();
    }
    st_shared(base + 4 * t, t * t);
    fence_proxy_async();
    __syncthreads();
    if (t == 0) {
        bulk_store(out + 128, base, 128);
        bulk_commit();
        bulk_store(out + 192, base + 64, 64);
        bulk_commit();
        bulk_wait_read<1>();
        bulk_wait<0>();
    }
#endif
}

__global__ void conformance_mbarrier(uint32_t* out, const uint32_t*) {
#ifdef CONFORMANCE_SM90
    LGV_SHARED(barrier, uint64_t);
    const uint32_t base = shared_address(dynamic_shared()), b = shared_address(&barrier), t = threadIdx.x;
    if (t == 0) {
        mbarrier_init(b, 64);
        mbarrier_fence_init();
    }
    __syncthreads();
    out[t] = mbarrier_try_wait(b, 1) ? 1 : 0;  // the phase before the first counts as complete
    for (uint32_t phase = 0; phase < 4; ++phase) {
        st_shared(base + 4 * t, t * 11 + phase);
        mbarrier_arrive(b);
        mbarrier_wait(b, phase & 1);
        out[64 + phase * 64 + t] = ld_shared<uint32_t>(base + 4 * (63 - t));
        __syncthreads();
    }
#endif
}

Line line(std::string name, int words, void (*kernel)(uint32_t*, const uint32_t*), int threads = 32) {
    return {std::move(name), [kernel, threads](uint32_t* out, const uint32_t* in) { lgv::launch(kernel, dim3(1), dim3(unsigned(threads)), 4096, nullptr, out, in); }, words};
}

template <int width>
void shuffles(std::vector<Line>& lines) {
    const std::string of = " width " + std::to_string(width);
    lines.push_back(line("shfl xor" + of, 256, conformance_shuffle<exclusive_or, width>));
    lines.push_back(line("shfl up" + of, 256, conformance_shuffle<up, width>));
    lines.push_back(line("shfl down" + of, 256, conformance_shuffle<down, width>));
    lines.push_back(line("shfl index" + of, 256, conformance_shuffle<index, width>));
}

template <class T>
void accesses(std::vector<Line>& lines) {
    const int words = 32 * int((sizeof(T) + 3) / 4);
    const std::string bytes = " " + std::to_string(sizeof(T)) + " bytes";
    lines.push_back(line("ld_global" + bytes, words, conformance_ld_global<T>));
    lines.push_back(line("ld_global_nc" + bytes, words, conformance_ld_global_nc<T>));
    lines.push_back(line("st_global" + bytes, int(8 * sizeof(T)), conformance_st_global<T>));
    lines.push_back(line("ld_shared, st_shared" + bytes, words, conformance_shared<T>));
}

}  // namespace

std::vector<Line> primitives(int capability) {
    std::vector<Line> lines;
    accesses<uint16_t>(lines);
    accesses<uint32_t>(lines);
    accesses<uint2>(lines);
    accesses<uint4>(lines);
    lines.push_back(line("cp_async16, all sizes of source", 384, conformance_cp_async<16>));
    lines.push_back(line("cp_async8, all sizes of source", 192, conformance_cp_async<8>));
    lines.push_back(line("cp_async4, all sizes of source", 96, conformance_cp_async<4>));
    lines.push_back(line("ldmatrix_x4", 128, conformance_ldmatrix<false>));
    lines.push_back(line("ldmatrix_x4_trans", 128, conformance_ldmatrix<true>));
    lines.push_back(line("mma_m16n8k16_bf16", 128, conformance_mma));
    lines.push_back(line("pack_bf16", 2048, conformance_pack));
    lines.push_back(line("ex2 within its error", 32, conformance_ex2));
    lines.push_back(line("rcp within its error, and its ends", 32, conformance_rcp));
    lines.push_back(line("expf, __expf, __fdividef within their errors", 32, conformance_functions));
    lines.push_back(line("rintf, fmaxf, fminf", 96, conformance_choices));
    lines.push_back(line("atomics on integers, of both memories", 13, conformance_atomics));
    lines.push_back(line("__syncwarp", 32, conformance_warp_memory));
    lines.push_back(line("named barriers", 96, conformance_named_barriers, 96));
    shuffles<32>(lines);
    shuffles<8>(lines);
    lines.push_back(line("votes, __syncthreads_count/or/and", 96, conformance_votes));
    lines.push_back(line("roundings and integers", 224, conformance_arithmetic));
    if (capability >= 90) {
        lines.push_back(line("mbarrier phases, bulk_load, bulk_store", 208, conformance_bulk));
        lines.push_back(line("mbarrier arrivals", 320, conformance_mbarrier, 64));
    }
    return lines;
}

}  // namespace conformance
