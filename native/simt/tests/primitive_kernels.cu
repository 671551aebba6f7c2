#include "primitive_kernels.h"

#include "base/error.h"
#include "device/cuda/ptx.cuh"

namespace simt_tests {

namespace {

using namespace lgv;

__global__ void shuffle_lanes(int kind, int by, int width, int32_t* out, const int32_t* in) {
    const int i = int(threadIdx.x);
    const int32_t v = ld_global(in + i);
    int32_t r = 0;
    if (kind == int(ShuffleKind::index)) r = __shfl_sync(0xffffffffu, v, by, width);
    if (kind == int(ShuffleKind::exclusive_or)) r = __shfl_xor_sync(0xffffffffu, v, by, width);
    if (kind == int(ShuffleKind::down)) r = __shfl_down_sync(0xffffffffu, v, by, width);
    if (kind == int(ShuffleKind::up)) r = __shfl_up_sync(0xffffffffu, v, by, width);
    st_global(out + i, r);
}

__global__ void vote_lanes(uint32_t* out, const int32_t* in) {
    const int i = int(threadIdx.x);
    const int p = in[i] != 0;
    out[3 * i] = __ballot_sync(0xffffffffu, p);
    out[3 * i + 1] = uint32_t(__any_sync(0xffffffffu, p));
    out[3 * i + 2] = uint32_t(__all_sync(0xffffffffu, p));
}

__global__ void vote_block(int32_t* out, const int32_t* in) {
    const int i = int(threadIdx.x);
    const int p = in[i] != 0;
    out[3 * i] = __syncthreads_or(p);
    out[3 * i + 1] = __syncthreads_and(p);
    out[3 * i + 2] = __syncthreads_count(p);
}

__global__ void change_cells(int32_t* out, const int32_t* in) {
    const int32_t v = in[blockIdx.x * 64 + threadIdx.x];
    atomicAdd(out, v);
    atomicMax(out + 1, v);
    atomicMin(out + 2, v);
    atomicOr(out + 3, v);
    atomicAnd(out + 4, v);
    atomicExch(out + 5, v);
    for (int32_t seen = atomicAdd(out + 6, 0);;) {
        const int32_t before = atomicCAS(out + 6, seen, seen + 1);
        if (before == seen) break;
        seen = before;
    }
}

__global__ void copy_stages(int units, int source_bytes, uint8_t* out, const uint8_t* in) {
    constexpr int stages = 3;
    const int threads = int(blockDim.x), i = int(threadIdx.x), rounds = (units + threads - 1) / threads;
    auto* stage = static_cast<uint8_t*>(dynamic_shared());
    const uint32_t base = shared_address(stage);
    const auto fetch = [&](int round) {
        const int unit = round * threads + i;
        // A unit that is not there is zeros, and its source is not read.
        if (round < rounds) cp_async16(base + uint32_t((round % stages * threads + i) * 16), in + (unit < units ? unit * 16 : 0), unit < units ? source_bytes : 0);
        cp_async_commit();
    };
    for (int round = 0; round < stages - 1; ++round) fetch(round);
    for (int round = 0; round < rounds; ++round) {
        cp_async_wait<stages - 2>();
        __syncthreads();
        const int neighbour = threads - 1 - i, unit = round * threads + neighbour;
        const uint4 v = ld_shared<uint4>(base + uint32_t((round % stages * threads + neighbour) * 16));
        if (unit < units) st_global(reinterpret_cast<uint4*>(out + unit * 16), v);
        fetch(round + stages - 1);
    }
    cp_async_wait<0>();
}

// b lies in shared memory as [n][k] (k-major: plain ldmatrix) or as [k][n] (ldmatrix with trans).
__global__ void multiply_16x8(int b_is_k_major, int depth, float* d, const uint16_t* a, const uint16_t* b) {
    LGV_SHARED(left, uint16_t[16][24]);
    LGV_SHARED(right, uint16_t[16][24]);
    const int lane = int(threadIdx.x);
    float sum[4] = {};
    for (int k0 = 0; k0 < depth; k0 += 16) {
        for (int i = lane; i < 256; i += 32) left[i / 16][i % 16] = a[i / 16 * depth + k0 + i % 16];
        for (int i = lane; i < 256; i += 32) {
            const int n = i / 16, k = i % 16;
            const uint16_t v = n < 8 ? b[n * depth + k0 + k] : uint16_t(0);
            if (b_is_k_major) right[n][k] = v;
            else right[k][n] = v;
        }
        __syncwarp();
        uint32_t l[4], r[4];
        ldmatrix_x4(l, shared_address(&left[lane % 16][lane / 16 * 8]));
        if (b_is_k_major) ldmatrix_x4(r, shared_address(&right[lane % 8 + lane / 16 * 8][lane / 8 % 2 * 8]));
        else ldmatrix_x4_trans(r, shared_address(&right[lane % 16][lane / 16 * 8]));
        mma_m16n8k16_bf16(sum, l, r[0], r[1]);
        __syncwarp();
    }
    for (int i = 0; i < 4; ++i) d[(lane / 4 + i / 2 * 8) * 8 + lane % 4 * 2 + i % 2] = sum[i];
}

__global__ void ring_of_bulk_copies(int stages, float* out, const float* in) {
    constexpr int ring = 3, floats = 256;
    LGV_SHARED(data, float[ring][floats]);
    LGV_SHARED(result, float[ring][floats]);
    LGV_SHARED(full, uint64_t[ring]);
    LGV_SHARED(empty, uint64_t[ring]);
    const int i = int(threadIdx.x);
    if (i == 0) {
        for (int s = 0; s < ring; ++s) mbarrier_init(shared_address(&full[s]), 1), mbarrier_init(shared_address(&empty[s]), 96);
        mbarrier_fence_init();
    }
    __syncthreads();
    if (i >= 96) {  // the warp that fetches
        if (i > 96) return;
        for (int s = 0; s < stages; ++s) {
            const int slot = s % ring, turn = s / ring;
            if (turn > 0) mbarrier_wait(shared_address(&empty[slot]), uint32_t(turn - 1) & 1);
            mbarrier_arrive_expect(shared_address(&full[slot]), floats * 4);
            bulk_load(shared_address(data[slot]), in + s * floats, floats * 4, shared_address(&full[slot]));
        }
        return;
    }
    for (int s = 0; s < stages; ++s) {
        const int slot = s % ring, turn = s / ring;
        mbarrier_wait(shared_address(&full[slot]), uint32_t(turn) & 1);
        if (i == 0) bulk_wait_read<ring - 1>();  // the result of three turns ago has been read
        named_barrier_sync(1, 96);
        for (int k = i; k < floats; k += 96) result[slot][k] = data[slot][k] + 1;
        mbarrier_arrive(shared_address(&empty[slot]));
        fence_proxy_async();
        named_barrier_sync(1, 96);
        if (i == 0) {
            bulk_store(out + s * floats, shared_address(result[slot]), floats * 4);
            bulk_commit();
        }
    }
    if (i == 0) bulk_wait<0>();
}

// Where element (row, k) of a 64-row operand lies, in bytes from its start; the same rule as wgmma.h, from the other side.
LGV_DEVICE uint32_t place_of(int layout, bool mn_major, int row, int k) {
    if (layout == int(Layout::none)) {
        if (!mn_major) return uint32_t(row / 8 * 128 + row % 8 * 16 + k / 8 * 1024 + k % 8 * 2);
        return uint32_t(row / 8 * 128 + row % 8 * 2 + k / 8 * 1024 + k % 8 * 16);
    }
    const int width = layout == int(Layout::bytes128) ? 128 : layout == int(Layout::bytes64) ? 64 : 32, per = width / 2;
    uint32_t at;
    if (!mn_major) at = uint32_t(row * width + k * 2);
    else at = uint32_t(row / per * (16 * width) + k * width + row % per * 2);
    return at ^ ((at / 128 & uint32_t(width / 16 - 1)) << 4);
}

LGV_DEVICE uint64_t descriptor_of(int layout, bool mn_major, uint32_t start) {
    const Swizzle swizzle = layout == int(Layout::bytes128) ? Swizzle::bytes128 : layout == int(Layout::bytes64) ? Swizzle::bytes64 : layout == int(Layout::bytes32) ? Swizzle::bytes32 : Swizzle::none;
    if (layout == int(Layout::none)) return wgmma_descriptor(start, 1024, 128, swizzle);
    const uint32_t width = layout == int(Layout::bytes128) ? 128 : layout == int(Layout::bytes64) ? 64 : 32;
    // K-major: 8 rows to the next group of rows. MN-major: 16 k's of a column block to the next block, 8 k's to the next ones.
    return mn_major ? wgmma_descriptor(start, 16 * width, 8 * width, swizzle) : wgmma_descriptor(start, 16, 8 * width, swizzle);
}

template <bool MnMajor, bool Registers>
__global__ void multiply_64x64(int layout, int depth, float* d, const uint16_t* a, const uint16_t* b) {
    constexpr uint32_t operand = 64 * 128;
    const int i = int(threadIdx.x);
    const uint32_t base = (shared_address(dynamic_shared()) + 1023) / 1024 * 1024;
    float sum[32];
    for (int k0 = 0; k0 < depth; k0 += 16) {
        for (int e = i; e < 64 * 16; e += 128) {
            const int row = e / 16, k = e % 16;
            st_shared(base + place_of(layout, MnMajor, row, k), a[row * depth + k0 + k]);
            st_shared(base + operand + place_of(layout, MnMajor, row, k), b[row * depth + k0 + k]);
        }
        fence_proxy_async();
        __syncthreads();
        wgmma_fence();
        const uint64_t right = descriptor_of(layout, MnMajor, base + operand);
        if constexpr (Registers) {
            uint32_t r[4];
            for (int q = 0; q < 4; ++q) {
                const int row = 16 * (i / 32) + i % 32 / 4 + q % 2 * 8, k = i % 4 * 2 + q / 2 * 8;
                r[q] = uint32_t(a[row * depth + k0 + k]) | uint32_t(a[row * depth + k0 + k + 1]) << 16;
            }
            wgmma_m64k16_bf16<64, MnMajor>(sum, r, right, k0 > 0);
        } else {
            wgmma_m64k16_bf16<64, MnMajor, MnMajor>(sum, descriptor_of(layout, MnMajor, base), right, k0 > 0);
        }
        wgmma_commit();
        wgmma_wait<0>();
        __syncthreads();
    }
    for (int e = 0; e < 32; ++e) d[(16 * (i / 32) + i % 32 / 4 + e / 2 % 2 * 8) * 64 + 8 * (e / 4) + 2 * (i % 4) + e % 2] = sum[e];
}

__global__ void compute(float* out, const float* in, int n) {
    const int i = int(blockIdx.x * blockDim.x + threadIdx.x);
    if (i >= n) return;
    const float x = in[i];
    float* to = out + 8 * i;
    to[0] = __expf(x);
    to[1] = __logf(x);
    to[2] = rsqrtf(x);
    __sincosf(x, to + 3, to + 4);
    to[5] = __fdividef(1.0f, x);
    to[6] = __fmaf_rn(x, x, 1.0f);
    to[7] = float(__umulhi(uint32_t(x * 1e6f), 0x80000000u));
}

template <class T>
LGV_DEVICE void pass_through(uint32_t shared, uint8_t* out, const uint8_t* in, int i) {
    const T v = i % 2 == 0 ? ld_global(reinterpret_cast<const T*>(in) + i) : ld_global_nc(reinterpret_cast<const T*>(in) + i);
    st_shared(shared + uint32_t(i * int(sizeof(T))), v);
    __syncthreads();
    st_global(reinterpret_cast<T*>(out) + (31 - i), ld_shared<T>(shared + uint32_t((31 - i) * int(sizeof(T)))));
    __syncthreads();
}

__global__ void load_and_store(uint8_t* out, const uint8_t* in) {
    LGV_SHARED(t, uint4[32]);
    const int i = int(threadIdx.x);
    const uint32_t shared = shared_address(t);
    pass_through<uint16_t>(shared, out, in, i);
    pass_through<uint32_t>(shared, out + 512, in + 512, i);
    pass_through<uint2>(shared, out + 1024, in + 1024, i);
    pass_through<uint4>(shared, out + 1536, in + 1536, i);
}

}  // namespace

void run_shuffle(ShuffleKind kind, int by, int width, int32_t* out, const int32_t* in) {
    launch(shuffle_lanes, dim3(1), dim3(32), 0, nullptr, int(kind), by, width, out, in);
}
void run_votes(uint32_t* out, const int32_t* in) { launch(vote_lanes, dim3(1), dim3(32), 0, nullptr, out, in); }
void run_block_votes(int32_t* out, const int32_t* in) { launch(vote_block, dim3(1), dim3(96), 0, nullptr, out, in); }
void run_atomics(int32_t* out, const int32_t* in) { launch(change_cells, dim3(4), dim3(64), 0, nullptr, out, in); }
void run_cp_async(int threads, int units, int source_bytes, uint8_t* out, const uint8_t* in) {
    launch(copy_stages, dim3(1), dim3(unsigned(threads)), int64_t(3) * threads * 16, nullptr, units, source_bytes, out, in);
}
void run_mma(bool b_is_k_major, int depth, float* d, const uint16_t* a, const uint16_t* b) { launch(multiply_16x8, dim3(1), dim3(32), 0, nullptr, int(b_is_k_major), depth, d, a, b); }
void run_bulk_ring(int stages, float* out, const float* in) { launch(ring_of_bulk_copies, dim3(1), dim3(128), 0, nullptr, stages, out, in); }
void run_wgmma(Layout layout, bool mn_major, bool a_in_registers, int depth, float* d, const uint16_t* a, const uint16_t* b) {
    const auto kernel = mn_major ? (a_in_registers ? multiply_64x64<true, true> : multiply_64x64<true, false>) : (a_in_registers ? multiply_64x64<false, true> : multiply_64x64<false, false>);
    launch(kernel, dim3(1), dim3(128), 2 * 64 * 128 + 1024, nullptr, int(layout), depth, d, a, b);
}
void run_arithmetic(float* out, const float* in, int n) { launch(compute, dim3(unsigned(n + 63) / 64), dim3(64), 0, nullptr, out, in, n); }
void run_loads(uint8_t* out, const uint8_t* in) { launch(load_and_store, dim3(1), dim3(32), 0, nullptr, out, in); }

}  // namespace simt_tests
