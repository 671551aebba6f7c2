#include "planted_kernels.h"

#include "device/cuda/ptx.cuh"

namespace simt_tests {

namespace {

using namespace lgv;

// ---- barriers that are missing

template <bool Bug>
__global__ void missing_barrier(float* out, const float* in) {
    LGV_SHARED(t, float[256]);
    const int i = int(threadIdx.x);
    t[i] = in[i];
    if (!Bug) __syncthreads();
    out[i] = t[255 - i];
}

template <bool Bug>
__global__ void missing_barrier_before_overwriting(float* out, const float* in) {
    LGV_SHARED(t, float[256]);
    const int i = int(threadIdx.x);
    float sum = 0;
    for (int round = 0; round < 3; ++round) {
        t[i] = in[i] + float(round);
        __syncthreads();
        sum += t[(i + 1) & 255];
        if (!Bug) __syncthreads();
    }
    out[i] = sum;
}

template <bool Bug>
__global__ void missing_syncwarp(float* out, const float* in) {
    LGV_SHARED(t, float[256]);
    const int i = int(threadIdx.x);
    t[i] = in[i];
    if (!Bug) __syncwarp();
    out[i] = t[i ^ 1];
}

template <bool Bug>
__global__ void named_barrier_count(float* out, const float* in) {
    LGV_SHARED(t, float[256]);
    const int i = int(threadIdx.x);
    t[i] = in[i];
    if (i >= 64) {
        out[i] = 0;
        return;
    }
    named_barrier_sync(1, Bug ? 96 : 64);
    out[i] = t[63 - i];
}

template <bool Bug>
__global__ void arriving_is_not_waiting(float* out, const float* in) {  // half arrives and reads what the other half writes
    LGV_SHARED(t, float[256]);
    const int i = int(threadIdx.x);
    t[i] = in[i];
    if (Bug && i >= 128) named_barrier_arrive(1, 256);
    else named_barrier_sync(1, 256);
    out[i] = t[255 - i];
}

// ---- copies

template <bool Bug>
__global__ void stage_read_too_early(float* out, const float* in) {
    LGV_SHARED(t, float[256]);
    const int i = int(threadIdx.x);
    cp_async4(shared_address(&t[i]), in + i);
    cp_async_commit();
    if (Bug) cp_async_wait<1>();
    else cp_async_wait<0>();
    __syncthreads();
    out[i] = t[255 - i];
    cp_async_wait<0>();
}

template <bool Bug>
__global__ void stage_overwritten_too_early(float* out, const float* in) {  // the next copy starts while others still read
    LGV_SHARED(t, float[256]);
    const int i = int(threadIdx.x);
    float sum = 0;
    for (int round = 0; round < 3; ++round) {
        cp_async4(shared_address(&t[i]), in + i);
        cp_async_commit();
        cp_async_wait<0>();
        __syncthreads();
        sum += t[255 - i];
        if (!Bug) __syncthreads();
    }
    out[i] = sum;
}

template <bool Bug>
__global__ void copy_never_waited_for(float* out, const float* in) {
    LGV_SHARED(t, float[256]);
    const int i = int(threadIdx.x);
    cp_async4(shared_address(&t[i]), in + i);
    cp_async_commit();
    out[i] = 1;
    if (!Bug) cp_async_wait<0>();
}

template <bool Bug>
__global__ void copy_source_size(float* out, const float* in) {
    LGV_SHARED(t, float[256]);
    const int i = int(threadIdx.x);
    cp_async4(shared_address(&t[i]), in + i, Bug ? 8 : 4);
    cp_async_commit();
    cp_async_wait<0>();
    out[i] = Bug ? 0 : t[i];
}

// One thread fetches the block's 256 floats by a bulk copy; everyone waits on the mbarrier.
enum class Bulk { right, no_wait, no_barrier_after_init, wrong_bytes, no_init, arrives_twice, clobbered, misaligned };
template <Bulk How>
__global__ void bulk_load_256(float* out, const float* in) {
    LGV_SHARED(t, float[256]);
    LGV_SHARED(barrier, uint64_t);
    const int i = int(threadIdx.x);
    const uint32_t bar = shared_address(&barrier);
    if (i == 0 && How != Bulk::no_init) mbarrier_init(bar, 1);
    if (How != Bulk::no_barrier_after_init) __syncthreads();
    if (i == 0) {
        if (How == Bulk::clobbered) barrier = 0;
        mbarrier_arrive_expect(bar, How == Bulk::wrong_bytes ? 2048 : 1024);
        if (How == Bulk::arrives_twice) mbarrier_arrive(bar);
        bulk_load(shared_address(t), How == Bulk::misaligned ? in + 1 : in, 1024, bar);
    }
    if (How != Bulk::no_wait) mbarrier_wait(bar, 0);
    out[i] = t[255 - i];
}
template <Bulk How>
__global__ void bulk_load_asking(float* out, const float* in) {  // as above, waiting by a loop of its own
    LGV_SHARED(t, float[256]);
    LGV_SHARED(barrier, uint64_t);
    const int i = int(threadIdx.x);
    const uint32_t bar = shared_address(&barrier);
    if (i == 0) mbarrier_init(bar, 1);
    __syncthreads();
    if (i == 0) {
        mbarrier_arrive_expect(bar, How == Bulk::wrong_bytes ? 2048 : 1024);
        bulk_load(shared_address(t), in, 1024, bar);
    }
    while (!mbarrier_try_wait(bar, 0)) {
    }
    out[i] = t[255 - i];
}

enum class Store { right, no_fence, no_barrier, not_waited_for, overwritten };
template <Store How>
__global__ void bulk_store_256(float* out, const float* in) {
    LGV_SHARED(t, float[256]);
    const int i = int(threadIdx.x);
    t[i] = in[i];
    if (How != Store::no_fence) fence_proxy_async();
    if (How != Store::no_barrier) __syncthreads();
    if (i == 0) {
        bulk_store(out, shared_address(t), 1024);
        bulk_commit();
        if (How != Store::not_waited_for && How != Store::overwritten) bulk_wait<0>();
    }
    if (How == Store::overwritten) {
        t[i] = 0;
        if (i == 0) bulk_wait<0>();
    }
}

// ---- memory that nobody has written

template <bool Bug>
__global__ void uninitialised_halo(float* out, const float* in) {
    LGV_SHARED(t, float[258]);
    const int i = int(threadIdx.x);
    t[i + 1] = in[i];
    if (!Bug && i == 0) t[0] = t[257] = 0;
    __syncthreads();
    out[i] = t[i] + t[i + 1] + t[i + 2];
}

template <bool Bug>
__global__ void uninitialised_and_masked(float* out, const float* in) {  // the result is right all the same: only a shadow sees it
    LGV_SHARED(t, float[258]);
    const int i = int(threadIdx.x);
    t[i + 1] = in[i];
    if (!Bug && i == 0) t[0] = t[257] = 0;
    __syncthreads();
    const float left = t[i];
    out[i] = fmaxf(left, -1e30f) > -1e29f && i > 0 ? left : 0.0f;
}

template <bool Bug>
__global__ void uninitialised_output(float* out, const float* in) {
    const int i = int(threadIdx.x);
    out[i] = Bug ? out[i] * 0 + in[i] : in[i];
}

// ---- bounds and alignment

template <bool Bug>
__global__ void read_behind(float* out, const float* in, int n) {
    const int i = int(blockIdx.x * 256 + threadIdx.x);
    if (i < n) out[i] = in[i] + in[Bug ? i + 1 : i];
}

template <bool Bug>
__global__ void write_behind(float* out, const float* in, int n) {
    const int i = int(blockIdx.x * 256 + threadIdx.x);
    if (Bug ? i <= n : i < n) out[i] = in[i < n ? i : 0];
}

template <bool Bug>
__global__ void read_before(float* out, const float* in, int n) {
    const int i = int(blockIdx.x * 256 + threadIdx.x);
    if (i < n) out[i] = in[Bug ? i - 1 : i];
}

template <bool Bug>
__global__ void read_behind_its_own_array(float* out, const float* in) {
    const int i = int(threadIdx.x);
    float kept[4], sum = 0;
    for (int k = 0; k < 4; ++k) kept[k] = in[(i + k) & 255];
    for (int k = 0; k < (Bug ? 5 : 4); ++k) sum += kept[(k + i) % 4 + (Bug && k == 4)];
    out[i] = sum;
}

template <bool Bug>
__global__ void read_behind_shared(float* out, const float* in) {
    LGV_SHARED(t, float[256]);
    LGV_SHARED(u, float[256]);
    const int i = int(threadIdx.x);
    t[i] = in[i];
    u[i] = 1;
    __syncthreads();
    out[i] = t[Bug ? i + 1 : i] + u[i];
}

template <bool Bug>
__global__ void misaligned_vector(float* out, const float* in) {
    const int i = int(threadIdx.x);
    st_global(reinterpret_cast<float4*>(out + i * 4), ld_global(reinterpret_cast<const float4*>(in + (Bug ? i + 1 : i * 4))));
}

template <bool Bug>
__global__ void misaligned_raw_vector(float* out, const float* in) {
    const int i = int(threadIdx.x);
    *reinterpret_cast<float4*>(out + i * 4) = *reinterpret_cast<const float4*>(in + (Bug ? i + 1 : i * 4));
}

template <bool Bug>
__global__ void host_pointer(float* out, const float* in, const float* host) {
    out[threadIdx.x] = ld_global(Bug ? host + threadIdx.x : in + threadIdx.x);
}

template <bool Bug>
__global__ void stack_that_overflows(float* out, const float* in) {
    float local[Bug ? 200000 : 16];
    const int i = int(threadIdx.x), size = int(sizeof local / sizeof *local);
    for (int k = 0; k < size; ++k) local[k] = in[(i + k) & 255];
    out[i] = local[i % size];
}

// ---- threads that do not meet

template <bool Bug>
__global__ void divergent_barrier(float* out, const float* in) {
    LGV_SHARED(t, float[256]);
    const int i = int(threadIdx.x);
    t[i] = in[i];
    if (!Bug) {
        __syncthreads();
    } else if (i < 128) {
        __syncthreads();
    } else {
        t[i] += 1;
        __syncthreads();
    }
    out[i] = t[i];
}

template <bool Bug>
__global__ void early_return(float* out, const float* in, int n) {
    LGV_SHARED(t, float[256]);
    const int i = int(threadIdx.x);
    if (Bug && i >= n - 100) return;
    t[i] = in[i];
    __syncthreads();
    out[i] = t[i];
}

template <bool Bug>
__global__ void skipped_barrier(float* out, const float* in) {
    LGV_SHARED(t, float[256]);
    const int i = int(threadIdx.x), rounds = Bug && i >= 77 ? 1 : 2;
    for (int round = 0; round < rounds; ++round) {
        t[i] = in[i];
        __syncthreads();
    }
    out[i] = t[i];
}

template <bool Bug>
__global__ void barriers_in_a_ring(float* out, const float* in) {  // each half waits at the barrier to which the other comes later
    const int i = int(threadIdx.x);
    const int first = Bug && i >= 128 ? 2 : 1;
    named_barrier_sync(first, 256);
    named_barrier_sync(3 - first, 256);
    out[i] = in[i];
}

template <bool Bug>
__global__ void endless_loop(float* out, const float* in) {
    const int i = int(threadIdx.x);
    LGV_SHARED(flag, float);
    if (i == 0) flag = in[0];
    __syncthreads();
    while (Bug && *const_cast<volatile float*>(&flag) < 1e30f) {
    }
    out[i] = in[i];
}

template <bool Bug>
__global__ void endless_arithmetic(float* out, const float* in) {  // neither a load nor a store nor a meeting
    const int i = int(threadIdx.x);
    for (volatile unsigned turn = 1; Bug && turn != 0;) {
    }
    out[i] = in[i];
}

// ---- warps

template <bool Bug>
__global__ void shuffle_by_half_a_warp(float* out, const float* in) {
    const int i = int(threadIdx.x);
    float v = in[i];
    if (!Bug || i % 32 < 16) v += __shfl_down_sync(0xffffffffu, v, 4);
    out[i] = v;
}

template <bool Bug>
__global__ void shuffle_from_outside_of_the_mask(float* out, const float* in) {
    const int i = int(threadIdx.x);
    float v = in[i];
    if (i % 32 < 16) v += __shfl_xor_sync(0x0000ffffu, v, Bug ? 16 : 8);
    out[i] = v;
}

template <bool Bug>
__global__ void active_mask(float* out, const float* in) {
    const int i = int(threadIdx.x);
    float v = in[i];
    const unsigned mask = Bug ? __activemask() : 0xffffffffu;
    for (int step = 16; step > 0; step /= 2) v += __shfl_xor_sync(mask, v, step);
    out[i] = v;
}

template <bool Bug>
__global__ void not_in_its_own_mask(float* out, const float* in) {
    const int i = int(threadIdx.x);
    out[i] = in[i] + (__any_sync(Bug ? 0x0000ffffu : 0xffffffffu, i == 3) ? 1.0f : 0.0f);
}

template <bool Bug>
__global__ void two_shuffles_at_once(float* out, const float* in) {  // the halves of a warp are at different places
    const int i = int(threadIdx.x);
    float v = in[i];
    if (Bug && i % 32 < 16) {
        v += __shfl_xor_sync(0xffffffffu, v, 1);
    } else {
        v += __shfl_xor_sync(0xffffffffu, v, 1);
    }
    out[i] = v;
}

template <bool Bug>
__global__ void matrix_load_by_half_a_warp(float* out, const float* in) {
    LGV_SHARED(t, uint4[256]);
    const int i = int(threadIdx.x);
    t[i] = make_uint4(unsigned(in[i]), 0, 0, 0);
    __syncthreads();
    uint32_t r[4] = {};
    if (!Bug || i % 32 < 16) ldmatrix_x4(r, shared_address(&t[i]));
    else ldmatrix_x4(r, shared_address(&t[i ^ 1]));
    out[i] = float(r[0]);
}

// ---- blocks

template <bool Bug>
__global__ void blocks_add_to_one_cell(float* out, const float* in) {
    const float v = in[threadIdx.x];
    if (Bug) out[threadIdx.x] = out[threadIdx.x] + v;
    else atomicAdd(&out[threadIdx.x], v);
}

template <bool Bug>
__global__ void blocks_overlap(float* out, const float* in) {
    const int i = int(blockIdx.x * 255 + threadIdx.x);
    if (threadIdx.x < (Bug ? 256u : 255u)) out[i] = in[i];
}

template <bool Bug>
__global__ void block_reads_what_another_writes(float* out, const float* in) {
    const int i = int(blockIdx.x * 256 + threadIdx.x);
    out[i] = in[i];
    if (Bug && blockIdx.x == 1) out[i] += out[threadIdx.x];
}

// ---- wgmma: 64x64x16 by one warpgroup, operands of ones

enum class Wgmma { right, no_fence, no_proxy_fence, no_barrier, read_too_early, written_meanwhile, not_committed, off_the_pattern, two_descriptors, overwritten_operand, never_waited_for };
template <Wgmma How>
__global__ void wgmma_64x64x16(float* out, const float* in) {
    auto* a = static_cast<unsigned char*>(dynamic_shared());
    const int i = int(threadIdx.x);
    const uint32_t base = (shared_address(a) + 127) / 128 * 128, b_base = base + 2048;
    const uint32_t one = pack_bf16(1.0f, 1.0f);
    for (int k = i; k < 1024; k += 128) st_shared(base + 4 * uint32_t(k), one);
    if (How != Wgmma::no_proxy_fence) fence_proxy_async();
    if (How != Wgmma::no_barrier) __syncthreads();
    float d[32] = {};
    // without a swizzle: core matrices of 8 rows of 16 bytes, 128 bytes each; 8 of them along the rows, then those of k = 8..15
    const bool off = How == Wgmma::off_the_pattern;
    const uint64_t left = wgmma_descriptor(off ? (base + 1023) / 1024 * 1024 + 128 : base, 1024, 128, off ? Swizzle::bytes128 : Swizzle::none);
    const uint64_t right = wgmma_descriptor(How == Wgmma::two_descriptors && i >= 64 ? base : b_base, 1024, 128, Swizzle::none);
    if (How != Wgmma::no_fence) wgmma_fence();
    wgmma_m64k16_bf16<64>(d, left, right, 0);
    if (How != Wgmma::not_committed) wgmma_commit();
    if (How == Wgmma::read_too_early) out[i] = d[0];
    if (How == Wgmma::written_meanwhile) d[1] = in[i];
    if (How == Wgmma::overwritten_operand) st_shared(base + 4 * uint32_t(i), one);
    if (How != Wgmma::never_waited_for) wgmma_wait<0>();
    if (How != Wgmma::read_too_early) out[i] = d[0];
}

template <class... P, class... A>
void start(int blocks, int threads, int64_t shared, void (*kernel)(P...), A... arguments) {
    launch(kernel, dim3(unsigned(blocks)), dim3(unsigned(threads)), shared, nullptr, arguments...);
}

}  // namespace

#define SIMT_PLANTED(kernel, ...) [](bool bug, float* out, const float* in, int n, const float* host) { \
    (void)n, (void)host;                                                                                \
    bug ? start(1, 256, 0, kernel<true>, out, in __VA_OPT__(,) __VA_ARGS__) : start(1, 256, 0, kernel<false>, out, in __VA_OPT__(,) __VA_ARGS__); }
#define SIMT_PLANTED_BLOCKS(kernel) [](bool bug, float* out, const float* in, int, const float*) { \
    bug ? start(2, 256, 0, kernel<true>, out, in) : start(2, 256, 0, kernel<false>, out, in); }
#define SIMT_PLANTED_HOW(kernel, right, wrong, threads, shared) [](bool bug, float* out, const float* in, int, const float*) { \
    bug ? start(1, threads, shared, kernel<wrong>, out, in) : start(1, threads, shared, kernel<right>, out, in); }
#define SIMT_BULK(wrong) SIMT_PLANTED_HOW(bulk_load_256, Bulk::right, Bulk::wrong, 256, 0)
#define SIMT_STORE(wrong) SIMT_PLANTED_HOW(bulk_store_256, Store::right, Store::wrong, 256, 0)
#define SIMT_WGMMA(wrong) SIMT_PLANTED_HOW(wgmma_64x64x16, Wgmma::right, Wgmma::wrong, 128, 4096 + 128)

const std::vector<Planted> planted = {
    {"missing_barrier", {Kind::uninitialised, Kind::race}, SIMT_PLANTED(missing_barrier)},
    {"missing_barrier_before_overwriting", {Kind::race}, SIMT_PLANTED(missing_barrier_before_overwriting)},
    {"missing_syncwarp", {Kind::uninitialised, Kind::race}, SIMT_PLANTED(missing_syncwarp)},
    {"named_barrier_count", {Kind::deadlock, Kind::exited_while_waiting}, SIMT_PLANTED(named_barrier_count)},
    {"arriving_is_not_waiting", {Kind::uninitialised, Kind::race}, SIMT_PLANTED(arriving_is_not_waiting)},
    {"stage_read_too_early", {Kind::async_in_flight}, SIMT_PLANTED(stage_read_too_early)},
    {"stage_overwritten_too_early", {Kind::race, Kind::async_in_flight}, SIMT_PLANTED(stage_overwritten_too_early)},
    {"copy_never_waited_for", {Kind::async_at_exit}, SIMT_PLANTED(copy_never_waited_for)},
    {"copy_source_size", {Kind::copy_arguments}, SIMT_PLANTED(copy_source_size)},
    {"bulk_load_not_waited_for", {Kind::async_in_flight, Kind::uninitialised, Kind::race}, SIMT_BULK(no_wait)},
    {"no_barrier_after_mbarrier_init", {Kind::race, Kind::uninitialised, Kind::mbarrier_uninitialised}, SIMT_BULK(no_barrier_after_init)},
    {"bytes_that_never_come", {Kind::deadlock}, SIMT_BULK(wrong_bytes)},
    {"mbarrier_without_init", {Kind::mbarrier_uninitialised}, SIMT_BULK(no_init)},
    {"mbarrier_clobbered", {Kind::mbarrier_clobbered}, SIMT_BULK(clobbered)},
    {"mbarrier_arrived_at_twice", {Kind::mbarrier_overflow}, SIMT_BULK(arrives_twice)},
    {"bulk_load_misaligned", {Kind::misaligned}, SIMT_BULK(misaligned)},
    {"asks_for_bytes_that_never_come", {Kind::deadlock}, SIMT_PLANTED_HOW(bulk_load_asking, Bulk::right, Bulk::wrong_bytes, 256, 0)},
    {"missing_proxy_fence", {Kind::missing_proxy_fence}, SIMT_STORE(no_fence)},
    {"bulk_store_before_the_barrier", {Kind::uninitialised, Kind::race}, SIMT_STORE(no_barrier)},
    {"bulk_store_not_waited_for", {Kind::async_at_exit}, SIMT_STORE(not_waited_for)},
    {"bulk_store_overwritten", {Kind::async_in_flight, Kind::race}, SIMT_STORE(overwritten)},
    {"uninitialised_halo", {Kind::uninitialised}, SIMT_PLANTED(uninitialised_halo)},
    {"uninitialised_and_masked", {Kind::uninitialised}, SIMT_PLANTED(uninitialised_and_masked)},
    {"uninitialised_output", {Kind::uninitialised}, SIMT_PLANTED(uninitialised_output)},
    {"read_behind", {Kind::out_of_bounds_global}, SIMT_PLANTED(read_behind, n), 1, 250},
    {"write_behind", {Kind::out_of_bounds_global}, SIMT_PLANTED(write_behind, n), 1, 250},
    {"read_before", {Kind::out_of_bounds_global}, SIMT_PLANTED(read_before, n), 1, 250},
    {"read_behind_shared", {Kind::out_of_bounds_shared, Kind::out_of_bounds_array}, SIMT_PLANTED(read_behind_shared)},
    {"read_behind_its_own_array", {Kind::out_of_bounds_array}, SIMT_PLANTED(read_behind_its_own_array)},
    {"misaligned_vector", {Kind::misaligned}, SIMT_PLANTED(misaligned_vector), 1, 1024},
    {"misaligned_raw_vector", {Kind::misaligned, Kind::bad_pointer}, SIMT_PLANTED(misaligned_raw_vector), 1, 1024},
    {"host_pointer", {Kind::bad_pointer}, SIMT_PLANTED(host_pointer, host)},
    {"stack_that_overflows", {Kind::stack_overflow}, SIMT_PLANTED(stack_that_overflows)},
    {"divergent_barrier", {Kind::divergent_barrier}, SIMT_PLANTED(divergent_barrier)},
    {"early_return", {Kind::exited_while_waiting}, SIMT_PLANTED(early_return, n)},
    {"skipped_barrier", {Kind::exited_while_waiting}, SIMT_PLANTED(skipped_barrier)},
    {"barriers_in_a_ring", {Kind::deadlock}, SIMT_PLANTED(barriers_in_a_ring)},
    {"shuffle_by_half_a_warp", {Kind::inactive_lane}, SIMT_PLANTED(shuffle_by_half_a_warp)},
    {"shuffle_from_outside_of_the_mask", {Kind::inactive_lane}, SIMT_PLANTED(shuffle_from_outside_of_the_mask)},
    {"active_mask", {Kind::inactive_lane}, SIMT_PLANTED(active_mask)},
    {"not_in_its_own_mask", {Kind::warp_mask}, SIMT_PLANTED(not_in_its_own_mask)},
    {"two_shuffles_at_once", {Kind::divergent_warp}, SIMT_PLANTED(two_shuffles_at_once)},
    {"matrix_load_by_half_a_warp", {Kind::divergent_barrier, Kind::inactive_lane, Kind::deadlock}, SIMT_PLANTED(matrix_load_by_half_a_warp)},
    {"blocks_add_to_one_cell", {Kind::race}, SIMT_PLANTED_BLOCKS(blocks_add_to_one_cell), 2, 512, true},
    {"blocks_overlap", {Kind::race}, SIMT_PLANTED_BLOCKS(blocks_overlap), 2, 512},
    {"block_reads_what_another_writes", {Kind::race, Kind::uninitialised}, SIMT_PLANTED_BLOCKS(block_reads_what_another_writes), 2, 512},
    {"wgmma_without_fence", {Kind::wgmma_fence}, SIMT_WGMMA(no_fence)},
    {"wgmma_without_proxy_fence", {Kind::missing_proxy_fence}, SIMT_WGMMA(no_proxy_fence)},
    {"wgmma_before_the_barrier", {Kind::uninitialised, Kind::race}, SIMT_WGMMA(no_barrier)},
    {"accumulator_written_meanwhile", {Kind::wgmma_accumulator}, SIMT_WGMMA(written_meanwhile)},
    {"wgmma_not_committed", {Kind::wgmma_uncommitted}, SIMT_WGMMA(not_committed)},
    {"wgmma_off_the_pattern", {Kind::wgmma_descriptor}, SIMT_WGMMA(off_the_pattern)},
    {"wgmma_two_descriptors", {Kind::wgmma_uniform}, SIMT_WGMMA(two_descriptors)},
    {"wgmma_operand_overwritten", {Kind::async_in_flight}, SIMT_WGMMA(overwritten_operand)},
    {"wgmma_never_waited_for", {Kind::async_at_exit}, SIMT_WGMMA(never_waited_for)},
    {"endless_loop", {Kind::deadlock}, SIMT_PLANTED(endless_loop)},
    {"endless_arithmetic", {Kind::deadlock}, SIMT_PLANTED(endless_arithmetic)},
};

}  // namespace simt_tests
