// lgv_update (langevin.h) on the planes of its slot, and the bound of a dynamically thresholded x0: step.cuda.h. The sums of step.cpp in its order, every operation
// rounded correctly: the same bits.
//
// update: a thread has 4 numbers, those of one counter of Philox, so noise is made in registers. All loads of a row are asked for before the first is used; every plane
// is read and written at most once. Bound by memory (16 bytes an access) or by the noise. Blocks take (row, 1024 numbers) in turn, so that grids need not know how
// many rows there are.
// find_bounds: a block has one image: |v| goes to x0's plane, then the number at the quantile's place is found by its bits from the top, 11, 11 and 9, by counting
// (integer counts: any order, one result), and the next above it by one more pass. 4 passes of one multiprocessor over a picture: 30 us for 256 x 256 x 3.
#include <algorithm>

#include "base/philox.h"
#include "device/cuda/kernel.cuh"
#include "device/cuda/ptx.cuh"
#include "ops/step/step.cuda.h"

namespace lgv {

namespace {

constexpr int threads = 256;
constexpr int bound_threads = 1024;
constexpr int quad = 4;
constexpr int block_numbers = threads * quad;
constexpr int bins = 2048;

struct alignas(16) SharedUpdate {
    CudaUpdate of;
};

// Row `i` of the entry into shared memory, by the first 16 threads.
LGV_DEVICE void fetch_row(const std::byte* state, int64_t i, SharedUpdate& to) {
    const auto& header = *reinterpret_cast<const StepHeader*>(state + CudaStep::entry_at);
    const auto* from = reinterpret_cast<const uint4*>(state + CudaStep::entry_at + CudaStep::updates_at(header.evaluations)) + i * int64_t(sizeof(CudaUpdate) / 16);
    __syncthreads();  // the row before has been read
    if (threadIdx.x < sizeof(CudaUpdate) / 16) st_shared(shared_address(&to) + threadIdx.x * 16, ld_global(from + threadIdx.x));
    __syncthreads();
}

LGV_DEVICE bool makes_x0(const lgv_update& row) { return row.p != 0 || row.q != 0; }
LGV_DEVICE bool is_thresholded(const lgv_update& row) { return row.quantile > 0 && makes_x0(row); }

// `n` of 4 numbers, the others 0.
LGV_DEVICE void load_quad(const float* p, int n, float (&v)[quad]) {
    if (n == quad && reinterpret_cast<uintptr_t>(p) % 16 == 0) {
        const float4 all = ld_global(reinterpret_cast<const float4*>(p));
        v[0] = all.x, v[1] = all.y, v[2] = all.z, v[3] = all.w;
    } else {
#pragma unroll
        for (int i = 0; i < quad; ++i) v[i] = i < n ? ld_global(p + i) : 0.0f;
    }
}

LGV_DEVICE void store_quad(float* p, int n, const float (&v)[quad]) {
    if (n == quad && reinterpret_cast<uintptr_t>(p) % 16 == 0) {
        st_global(reinterpret_cast<float4*>(p), make_float4(v[0], v[1], v[2], v[3]));
    } else {
#pragma unroll
        for (int i = 0; i < quad; ++i) {
            if (i < n) st_global(p + i, v[i]);
        }
    }
}

// c0 * x0 + c1 * x1 + ..., from left to right, fused, from the first product; what has no coefficient is left out.
struct Sum {
    float v[quad] = {};
    bool empty = true;

    LGV_DEVICE void add(float coefficient, const float (&x)[quad]) {
        if (coefficient == 0) return;
#pragma unroll
        for (int i = 0; i < quad; ++i) v[i] = empty ? __fmul_rn(coefficient, x[i]) : fused(coefficient, x[i], v[i]);
        empty = false;
    }
};

// v = p*x + q*out. Both passes of a thresholded row come through here.
LGV_DEVICE Sum estimate(const lgv_update& row, const float (&x)[quad], const float (&out)[quad]) {
    Sum v;
    v.add(row.p, x);
    v.add(row.q, out);
    return v;
}

// Both comparisons are false for NaN.
LGV_DEVICE float held(float v, float limit) {
    const float above = -limit > v ? -limit : v;
    return limit < above ? limit : above;
}

// exponential() of gemm/exp.kernel.h, to the bit.
LGV_DEVICE float exponential(float x) {
    x = 88.0f < x ? 88.0f : x;
    x = -87.33654f > x ? -87.33654f : x;
    const float n = rintf(x * 0x1.715476p+0f);
    float r = fused(n, -0x1.62e43p-1f, x);
    r = fused(n, 0x1.05c61p-29f, r);
    float q = 0x1.6a2434p-10f;
    q = fused(q, r, 0x1.1239e2p-7f);
    q = fused(q, r, 0x1.5558f2p-5f);
    q = fused(q, r, 0x1.555492p-3f);
    q = fused(q, r, 0x1.fffffcp-2f);
    q = fused(q, r * r, r);
    return (q + 1.0f) * float_of(uint32_t(int32_t(n) + 127) << 23);
}

LGV_DEVICE void normals_of(uint64_t seed, int32_t draw, int64_t element, float (&z)[quad]) {
    const PhiloxWords words = philox_words(seed, uint32_t(draw), Purpose::sample, uint32_t(element / quad));
    const TwoNormals left = two_normals(words.w[0], words.w[1]), right = two_normals(words.w[2], words.w[3]);
    z[0] = left.first, z[1] = left.second, z[2] = right.first, z[3] = right.second;
}

LGV_DEVICE void deviate(const lgv_update& row, const float (&out2)[quad], float (&z)[quad]) {
#pragma unroll
    for (int i = 0; i < quad; ++i) {
        if (row.variance == 1) {
            const float w = (out2[i] + 1.0f) * 0.5f;
            z[i] = z[i] * exponential(fused(1.0f - w, row.logvar_lo, w * row.logvar_hi) * 0.5f);
        } else {
            z[i] = z[i] * root(out2[i]);
        }
    }
}

__global__ void LGV_BLOCK_OF(threads) step_update_numbers(const std::byte* state, const float* bounds, int chunks) {
    LGV_SHARED(fetched, SharedUpdate);
    const lgv_update& row = fetched.of.update.row;
    const SlotPlanes& planes = fetched.of.update.planes;
    const int64_t all = int64_t(reinterpret_cast<const StepHeader*>(state + CudaStep::entry_at)->updates) * chunks;
    for (int64_t work = blockIdx.x; work < all; work += gridDim.x) {
        const int64_t index = work / chunks;
        fetch_row(state, index, fetched);
        const int64_t at = (work - index * chunks) * block_numbers + int64_t(threadIdx.x) * quad;
        if (at >= planes.elements) continue;
        const int n = int(planes.elements - at < quad ? planes.elements - at : quad);
        const int save = row.save;

        float x[quad] = {}, out[quad] = {}, history[4][quad] = {}, z[quad] = {}, out2[quad] = {};
        if (row.p != 0 || row.a != 0 || (save >= 0 && row.sx != 0)) load_quad(planes.x + at, n, x);
        if (row.q != 0 || row.e != 0 || (save >= 0 && row.so != 0)) load_quad(planes.out + at, n, out);
#pragma unroll
        for (int k = 0; k < 4; ++k) {
            if (row.c[k] != 0 || (save == k && row.sh != 0)) load_quad(planes.history[k] + at, n, history[k]);
        }
        if (row.d != 0) {
            if (row.variance != 0) load_quad(planes.out2 + at, n, out2);
            if (planes.noise != nullptr) {
                load_quad(planes.noise + at, n, z);
            } else {
                normals_of(planes.seed, row.draw, at, z);
            }
            if (row.variance != 0) deviate(row, out2, z);
        }

        Sum x0 = estimate(row, x, out);
        if (is_thresholded(row)) {
            const float bound = ld_global(bounds + index);
#pragma unroll
            for (int i = 0; i < quad; ++i) x0.v[i] = __fdiv_rn(held(x0.v[i], bound), bound);
        } else if (row.limit < float_of(0x7f800000u)) {
#pragma unroll
            for (int i = 0; i < quad; ++i) x0.v[i] = held(x0.v[i], row.limit);
        }

        Sum next;
        next.add(row.a, x);
        next.add(row.b, x0.v);
        next.add(row.e, out);
        next.add(row.d, z);
#pragma unroll
        for (int k = 0; k < 4; ++k) next.add(row.c[k], history[k]);

        if (row.ka != 0 || row.kn != 0) {
            float known[quad] = {};
            if (row.ka != 0) load_quad(planes.known + at, n, known);
            if (row.kn != 0) {
                if (planes.known_noise != nullptr) {
                    load_quad(planes.known_noise + at, n, z);
                } else {
                    normals_of(planes.seed, row.known_draw, at, z);
                }
            }
            Sum there;
            there.add(row.ka, known);
            there.add(row.kn, z);
#pragma unroll
            for (int i = 0; i < quad; ++i) {
                if (i >= n) continue;
                const float mask = ld_global(planes.mask + unsigned(at + i) % unsigned(planes.pixels));
                next.v[i] = fused(1.0f - mask, next.v[i], __fmul_rn(mask, there.v[i]));
            }
        }

        // All has been read: then, and only then, x and the history change.
        if (save >= 0) {
            Sum keep;
            keep.add(row.sx, x);
            keep.add(row.s0, x0.v);
            keep.add(row.so, out);
#pragma unroll
            for (int k = 0; k < 4; ++k) {
                if (k == save) keep.add(row.sh, history[k]);
            }
            store_quad(planes.history[save] + at, n, keep.v);
        }
        if (makes_x0(row)) store_quad(planes.x0 + at, n, x0.v);
        store_quad(planes.x + at, n, next.v);
    }
}

// The bin that holds number `rank` of those counted, in ascending order, and its rank within. Warp 0; the others wait.
LGV_DEVICE void find_bin(const unsigned* counts, unsigned& bin, unsigned& rank) {
    __syncthreads();
    if (threadIdx.x < 32) {
        const unsigned lane = threadIdx.x, wanted = rank;
        unsigned sum = 0;
        for (unsigned i = 0; i < bins / 32; ++i) sum += counts[lane * (bins / 32) + (i + lane) % (bins / 32)];  // turned: no two lanes in one bank
        unsigned through = sum;  // of this lane's bins and those before
        for (unsigned step = 1; step < 32; step *= 2) {
            const unsigned before = __shfl_up_sync(0xffffffffu, through, step);
            if (lane >= step) through += before;
        }
        __syncwarp();
        if (wanted < through && wanted >= through - sum) {
            unsigned left = wanted - (through - sum), at = lane * (bins / 32);
            while (left >= counts[at]) left -= counts[at++];
            bin = at;
            rank = left;
        }
    }
    __syncthreads();
}

// Calls f(magnitude's bits) of every number; the first time they are made and put into x0.
template <class F>
LGV_DEVICE void each_magnitude(const lgv_update& row, const SlotPlanes& planes, bool make, const F& f) {
    for (int64_t at = int64_t(threadIdx.x) * quad; at < planes.elements; at += bound_threads * quad) {
        const int n = int(planes.elements - at < quad ? planes.elements - at : quad);
        float v[quad];
        if (make) {
            float x[quad] = {}, out[quad] = {};
            if (row.p != 0) load_quad(planes.x + at, n, x);
            if (row.q != 0) load_quad(planes.out + at, n, out);
            const Sum sum = estimate(row, x, out);
            for (int i = 0; i < quad; ++i) v[i] = float_of(bits_of(sum.v[i]) & 0x7fffffffu);
            store_quad(planes.x0 + at, n, v);
        } else {
            load_quad(planes.x0 + at, n, v);
        }
        for (int i = 0; i < quad; ++i) {
            if (i < n) f(bits_of(v[i]));
        }
    }
}

__global__ void LGV_BLOCK_OF(bound_threads) step_find_bounds(const std::byte* state, float* bounds) {
    LGV_SHARED(fetched, SharedUpdate);
    LGV_SHARED(counts, unsigned[bins]);
    LGV_SHARED(bin, unsigned);
    LGV_SHARED(rank, unsigned);
    LGV_SHARED(largest, unsigned);
    LGV_SHARED(next, unsigned);  // the complement of the least number above
    const lgv_update& row = fetched.of.update.row;
    const SlotPlanes& planes = fetched.of.update.planes;
    const int updates = reinterpret_cast<const StepHeader*>(state + CudaStep::entry_at)->updates;
    for (int index = int(blockIdx.x); index < updates; index += int(gridDim.x)) {
        fetch_row(state, index, fetched);
        if (!is_thresholded(row)) continue;
        // Its place in ascending order, rounded to float32.
        const float position = __fmul_rn(row.quantile, float(planes.elements - 1));
        const int64_t last = planes.elements - 1, below = int64_t(position) < last ? int64_t(position) : last;
        if (threadIdx.x == 0) rank = unsigned(below), largest = 0, next = 0;

        unsigned found = 0;  // the number's bits so far
        constexpr int shifts[] = {20, 9, 0}, widths[] = {11, 11, 9};
#pragma unroll
        for (int pass = 0; pass < 3; ++pass) {
            for (int i = int(threadIdx.x); i < bins; i += bound_threads) counts[i] = 0;
            __syncthreads();
            unsigned most = 0;
            each_magnitude(row, planes, pass == 0, [&](unsigned bits) {
                most = bits > most ? bits : most;
                if (pass == 0 || bits >> shifts[pass == 0 ? 0 : pass - 1] == found) atomicAdd(&counts[(bits >> shifts[pass]) & ((1u << widths[pass]) - 1)], 1u);
            });
            if (pass == 0) atomicMax(&largest, most);
            find_bin(counts, bin, rank);
            found = found << widths[pass] | bin;
        }
        const float share = position - float(below);
        const bool between = share > 0 && below < last, more = rank + 1 < counts[bin];
        if (between && !more) {
            each_magnitude(row, planes, false, [&](unsigned bits) {
                if (bits > found) atomicMax(&next, ~bits);
            });
        }
        __syncthreads();
        if (threadIdx.x == 0) {
            const float low = float_of(found), high = float_of(more ? found : ~next);
            float bound = between ? fused(share, high - low, low) : low;
            if (largest > 0x7f800000u) bound = float_of(largest);
            if (bound < 1) bound = 1;
            if (bound > row.limit) bound = row.limit;
            st_global(bounds + index, bound);
        }
    }
}

int64_t chunks_of(const CudaStep& step) { return std::max<int64_t>((step.most_elements + block_numbers - 1) / block_numbers, 1); }
dim3 grid_of(const CudaStep& step, int64_t chunks) { return dim3(unsigned(std::min<int64_t>(step.updates * chunks, 4096))); }

}  // namespace

void find_bounds(const CudaStep& step, Stream stream) {
    if (step.updates == 0) return;
    launch(step_find_bounds, dim3(unsigned(std::min(step.updates, 1024))), dim3(bound_threads), 0, stream, step.state, reinterpret_cast<float*>(step.state + step.bounds_at()));
}

void update(const CudaStep& step, Stream stream) {
    if (step.updates == 0) return;
    const int64_t chunks = chunks_of(step);
    launch(step_update_numbers, grid_of(step, chunks), dim3(threads), 0, stream, step.state, reinterpret_cast<const float*>(step.state + step.bounds_at()), int(chunks));
}

}  // namespace lgv
