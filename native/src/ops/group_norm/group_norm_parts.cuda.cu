// y = act(a*x + b), a = gamma * rstd * (1 + scale), b = (beta - mean * gamma * rstd) * (1 + scale) + shift, mean and rstd = 1 / sqrt(var + eps) of (image, group).
// x: [N, P, C1]   x2: none, or [N, P, C2], beside it on channels   moments: [N, parts, C] float2   factors: [N, C1 + C2] float2   y: [N, P, C1 + C2]
//
// moments  a block has a part of one image and up to 256 packs of channels; a thread one pack and every lanes-th pixel of the part, 8 of them at a time: their mean,
//          then their squared deviations from it, merged with those before (Chan, Golub, LeVeque 1979). Never a sum of squares: float32 holds to |mean| = 10^3 and
//          more standard deviations. The lanes of a block are merged in ascending order.
// merge    a warp has one group of one image: its lanes go through the (part, channel) pairs, then a tree
// apply    as moments, without sums
// Sums are float32. Bytes: two reads and one write of x; moments are at most 1/16 of a read. Bound by memory: 8 loads of 16 bytes are under way in each thread of
// moments, 4 in apply; counted, every
// sector of x and y is whole where C is a multiple of 16.
#include "device/cuda/packs.cuh"
#include "ops/activation.cuh"
#include "ops/group_norm/group_norm.cuda.h"
#include "ops/group_norm/group_norm_cuda_block.h"

namespace lgv {

namespace {

constexpr int threads = 256;
constexpr int chunk = 8;        // pixels of a thread under way
constexpr int apply_chunk = 4;

// Count, mean and sum of squared deviations of some numbers.
struct Moments {
    float n, mean, m2;
};

LGV_DEVICE Moments merged(const Moments& x, const Moments& y) {
    if (y.n == 0) return x;
    if (x.n == 0) return y;
    const float n = x.n + y.n, share = __fdiv_rn(y.n, n), d = y.mean - x.mean;
    return {n, fused(d, share, x.mean), fused(d * d, x.n * share, x.m2 + y.m2)};
}

template <int V>
struct alignas(16) Table {
    float v[threads * V];
};

// Every lanes-th of `count` pixels, from pixel `lane` on.
LGV_DEVICE int pixels_of(int lane, int count, int lanes) { return (count - lane + lanes - 1) / lanes; }

template <class T, int V>
__global__ void LGV_BLOCK_OF(threads) group_norm_forward_moments(const T* x, int pixels, int channels, int part_pixels, int parts, int packs, int lanes,
                                                                      float2* moments) {
    LGV_SHARED(means, Table<V>);
    LGV_SHARED(deviations, Table<V>);
    const int lane = int(threadIdx.x) / packs, pack = int(threadIdx.x) - lane * packs;
    const int64_t image = blockIdx.x / unsigned(parts);
    const int part = int(blockIdx.x - image * parts);
    const int first = int(blockIdx.y) * packs * V, c = first + pack * V;
    const int begin = part * part_pixels, count = pixels - begin < part_pixels ? pixels - begin : part_pixels;

    if (lane < lanes && c < channels) {
        float n = 0, mean[V] = {}, m2[V] = {};
        const T* from = x + (image * pixels + begin + lane) * channels + c;
        const int64_t step = int64_t(lanes) * channels;
        for (int left = pixels_of(lane, count, lanes); left > 0; left -= chunk, from += chunk * step) {
            RawPack<T, V> raw[chunk];
#pragma unroll
            for (int u = 0; u < chunk; ++u) raw[u] = u < left ? load_raw<T, V>(from + u * step) : no_pack<T, V>();
            const float some = float(left < chunk ? left : chunk), total = n + some;
            const float inverse = __fdiv_rn(1.0f, some), share = __fdiv_rn(some, total), weight = n * share;
            float sum[V] = {}, square[V] = {};
#pragma unroll
            for (int u = 0; u < chunk; ++u) {
                float v[V];
                unpack<T, V>(raw[u], v);
#pragma unroll
                for (int j = 0; j < V; ++j) sum[j] += v[j];
            }
#pragma unroll
            for (int j = 0; j < V; ++j) sum[j] *= inverse;  // the mean of these
#pragma unroll
            for (int u = 0; u < chunk; ++u) {
                if (u >= left) continue;
                float v[V];
                unpack<T, V>(raw[u], v);
#pragma unroll
                for (int j = 0; j < V; ++j) {
                    const float d = v[j] - sum[j];
                    square[j] = fused(d, d, square[j]);
                }
            }
#pragma unroll
            for (int j = 0; j < V; ++j) {
                const float d = sum[j] - mean[j];
                mean[j] = fused(d, share, mean[j]);
                m2[j] = fused(d * d, weight, m2[j] + square[j]);
            }
            n = total;
        }
        const int at = (lane * packs + pack) * V;
        if constexpr (V == 1) {
            means.v[at] = mean[0];
            deviations.v[at] = m2[0];
        } else {
            for (int j = 0; j < V; j += 4) {
                st_shared(shared_address(means.v + at + j), make_float4(mean[j], mean[j + 1], mean[j + 2], mean[j + 3]));
                st_shared(shared_address(deviations.v + at + j), make_float4(m2[j], m2[j + 1], m2[j + 2], m2[j + 3]));
            }
        }
    }
    __syncthreads();
    for (int i = int(threadIdx.x); i < packs * V && first + i < channels; i += threads) {
        Moments all = {0, 0, 0};
        for (int l = 0; l < lanes; ++l) {
            const int n = pixels_of(l, count, lanes);
            if (n > 0) all = merged(all, {float(n), means.v[l * packs * V + i], deviations.v[l * packs * V + i]});
        }
        st_global(moments + (image * parts + part) * channels + first + i, make_float2(all.mean, all.m2));
    }
}

struct MomentsSource {
    const float2* moments;
    PixelTiles tiles;
    int parts, channels;
};

struct Merge {
    MomentsSource sources[2];
    const float *gamma, *beta;
    const std::byte* scale_shift;
    bool scale_is_bf16;
    int groups, channels;
    float eps;
};

LGV_DEVICE int pixels_of(const PixelTiles& tiles, int part) {
    const int across = (tiles.w + tiles.tile_w - 1) / tiles.tile_w, row = part / across, column = part - row * across;
    const int h = tiles.h - row * tiles.tile_h, w = tiles.w - column * tiles.tile_w;
    return (h < tiles.tile_h ? h : tiles.tile_h) * (w < tiles.tile_w ? w : tiles.tile_w);
}

LGV_DEVICE float number(const std::byte* from, bool is_bf16, int64_t i) {
    return is_bf16 ? load(reinterpret_cast<const bf16*>(from) + i) : load(reinterpret_cast<const float*>(from) + i);
}

__global__ void LGV_BLOCK_OF(128) group_norm_forward_merge(Merge m, int64_t all_groups, float2* factors) {
    const int64_t at = int64_t(blockIdx.x) * 4 + threadIdx.x / 32;
    if (at >= all_groups) return;
    const int lane = int(threadIdx.x % 32);
    const int64_t image = at / m.groups;
    const int width = m.channels / m.groups, begin = int(at - image * m.groups) * width, end = begin + width;

    Moments all = {0, 0, 0};
    int offset = 0;
#pragma unroll
    for (int s = 0; s < 2; ++s) {
        const MomentsSource& source = m.sources[s];
        const int from = begin > offset ? begin - offset : 0, to = end - offset < source.channels ? end - offset : source.channels, here = to - from;
        if (here > 0) {
            const float2* moments = source.moments + image * source.parts * source.channels + from;
            for (int i = lane; i < source.parts * here; i += 32) {
                const int part = i / here;
                const float2 one = ld_global_nc(moments + int64_t(part) * source.channels + (i - part * here));
                all = merged(all, {float(pixels_of(source.tiles, part)), one.x, one.y});
            }
        }
        offset += source.channels;
    }
    for (int half = 16; half > 0; half /= 2) {
        const Moments other = {__shfl_down_sync(0xffffffffu, all.n, half), __shfl_down_sync(0xffffffffu, all.mean, half), __shfl_down_sync(0xffffffffu, all.m2, half)};
        all = merged(all, other);
    }
    const float mean = __shfl_sync(0xffffffffu, all.mean, 0);
    const float variance = __shfl_sync(0xffffffffu, __fdiv_rn(all.m2, all.n), 0);
    const float rstd = __fdiv_rn(1.0f, root(variance + m.eps));
    for (int c = begin + lane; c < end; c += 32) {
        float a = ld_global_nc(m.gamma + c) * rstd, b = fused(-mean, a, ld_global_nc(m.beta + c));
        if (m.scale_shift != nullptr) {
            const float more = 1.0f + number(m.scale_shift, m.scale_is_bf16, image * 2 * m.channels + c);
            a *= more;
            b = fused(b, more, number(m.scale_shift, m.scale_is_bf16, (image * 2 + 1) * m.channels + c));
        }
        st_global(factors + image * m.channels + c, make_float2(a, b));
    }
}

template <class T, int V, Activation act>
__global__ void LGV_BLOCK_OF(threads) group_norm_forward_apply(const T* x, const T* x2, const float2* factors, T* y, int pixels, int c1, int c2, int part_pixels, int parts,
                                                                    int packs, int lanes) {
    const int lane = int(threadIdx.x) / packs, pack = int(threadIdx.x) - lane * packs, channels = c1 + c2;
    const int64_t image = blockIdx.x / unsigned(parts);
    const int part = int(blockIdx.x - image * parts), c = (int(blockIdx.y) * packs + pack) * V;
    if (lane >= lanes || c >= channels) return;
    float a[V], b[V];
    const float2* factor = factors + image * channels + c;
    if constexpr (V == 1) {
        const float2 one = ld_global_nc(factor);
        a[0] = one.x, b[0] = one.y;
    } else {
#pragma unroll
        for (int j = 0; j < V; j += 2) {
            const float4 two = ld_global_nc(reinterpret_cast<const float4*>(factor + j));
            a[j] = two.x, b[j] = two.y, a[j + 1] = two.z, b[j + 1] = two.w;
        }
    }
    const int begin = part * part_pixels + lane, end = pixels < (part + 1) * part_pixels ? pixels : (part + 1) * part_pixels;
    const bool second = c >= c1;
    const int row = second ? c2 : c1;
    const T* from = (second ? x2 + (c - c1) : x + c) + (image * pixels + begin) * row;
    T* to = y + (image * pixels + begin) * channels + c;
    const int64_t step = int64_t(lanes) * row, y_step = int64_t(lanes) * channels;
    for (int p = begin; p < end; p += apply_chunk * lanes, from += apply_chunk * step, to += apply_chunk * y_step) {
        RawPack<T, V> raw[apply_chunk];
#pragma unroll
        for (int u = 0; u < apply_chunk; ++u) {
            if (p + u * lanes < end) raw[u] = load_raw<T, V>(from + u * step);
        }
#pragma unroll
        for (int u = 0; u < apply_chunk; ++u) {
            if (p + u * lanes >= end) break;
            float v[V];
            unpack<T, V>(raw[u], v);
#pragma unroll
            for (int j = 0; j < V; ++j) v[j] = activate<act>(fused(a[j], v[j], b[j]));
            store_values<T, V>(to + u * y_step, v);
        }
    }
}

// Calls f(T{}, std::integral_constant<int, V>{}).
template <class F>
void with_form(const CudaGroupNorm& op, const F& f) {
    if (op.type == CudaType::bf16) return op.vector > 1 ? f(bf16{}, std::integral_constant<int, 8>{}) : f(bf16{}, std::integral_constant<int, 1>{});
    return op.vector > 1 ? f(float{}, std::integral_constant<int, 4>{}) : f(float{}, std::integral_constant<int, 1>{});
}

}  // namespace

namespace {

int32_t moments_parts(const CudaGroupNorm& op, int32_t channels) {
    const int32_t part = cuda_group_norm_part(op.pixels, channels, op.vector);
    return (op.pixels + part - 1) / part;
}
int32_t apply_part(const CudaGroupNorm& op) { return 4 * apply_chunk * cuda_group_norm_block(op.c1 + op.c2, op.vector).lanes; }
int32_t apply_parts(const CudaGroupNorm& op) { return (op.pixels + apply_part(op) - 1) / apply_part(op); }

// Parts of images beside each other, `across` blocks for their channels.
CudaGrid moments_grid(const CudaGroupNorm& op, int64_t rows, int32_t channels) {
    return {rows * moments_parts(op, channels) * cuda_group_norm_block(channels, op.vector).across, threads};
}
CudaGrid merge_grid(const CudaGroupNorm& op, int64_t rows) { return {(rows * op.op.groups + 3) / 4, 128}; }
CudaGrid apply_grid(const CudaGroupNorm& op, int64_t rows) { return {rows * apply_parts(op) * cuda_group_norm_block(op.c1 + op.c2, op.vector).across, threads}; }

dim3 dim_of(const CudaGrid& grid, int32_t across) { return dim3(unsigned(grid.blocks / across), unsigned(across)); }

}  // namespace

CudaCost cost_of_moments(const CudaGroupNorm& op, int64_t rows, int32_t channels) {
    const int64_t elements = rows * op.pixels * channels, bytes = elements * size_of(op.type), made = rows * moments_parts(op, channels) * channels * int64_t(sizeof(ChannelMoments));
    return {.kernel = "group_norm_forward_moments",
            .grid = moments_grid(op, rows, channels),
            .registers = op.vector == 8 ? 96 : op.vector == 4 ? 64 : 32,
            .static_bytes = 2 * threads * op.vector * 4,
            .flops = 6 * elements,
            .bytes_read = bytes,
            .bytes_written = made,
            .l2_bytes = bytes + made,
            .waits = 1 + cuda_group_norm_part(op.pixels, channels, op.vector) / (chunk * cuda_group_norm_block(channels, op.vector).lanes)};
}

CudaCost cost_of_merge(const CudaGroupNorm& op, int64_t rows) {
    const int64_t channels = op.c1 + op.c2, moments = rows * (int64_t(op.tiles.count()) * op.c1 + int64_t(op.tiles2.count()) * op.c2);
    const int64_t read = moments * int64_t(sizeof(ChannelMoments)) + 2 * channels * 4 + (op.op.scale_shift ? 2 * rows * channels * size_of(op.scale_type) : 0);
    const int64_t made = rows * channels * int64_t(sizeof(ChannelFactors));
    return {.kernel = "group_norm_forward_merge",
            .grid = merge_grid(op, rows),
            .registers = 64,
            .flops = 10 * moments,
            .bytes_read = read,
            .bytes_written = made,
            .l2_bytes = read + made,
            .waits = 2 + moments / (rows * op.op.groups) / 32};  // a lane's pairs, one after the other
}

CudaCost cost_of_apply(const CudaGroupNorm& op, int64_t rows) {
    const int64_t channels = op.c1 + op.c2, elements = rows * op.pixels * channels, bytes = elements * size_of(op.type), factors = rows * channels * int64_t(sizeof(ChannelFactors));
    return {.kernel = "group_norm_forward_apply",
            .grid = apply_grid(op, rows),
            .registers = 64,
            .flops = 2 * elements,
            .specials = specials_of(op.op.act) * elements,
            .bytes_read = bytes + factors,
            .bytes_written = bytes,
            .l2_bytes = 2 * bytes + apply_parts(op) * factors,
            .waits = 5};
}

void make_moments(const CudaGroupNorm& op, Stream stream, int64_t rows, const std::byte* x, int32_t channels, ChannelMoments* moments) {
    const CudaGroupNormBlock block = cuda_group_norm_block(channels, op.vector);
    const int part = cuda_group_norm_part(op.pixels, channels, op.vector), parts = moments_parts(op, channels);
    const dim3 grid = dim_of(moments_grid(op, rows, channels), block.across);
    with_form(op, [&]<class T, int V>(T, std::integral_constant<int, V>) {
        launch(group_norm_forward_moments<T, V>, grid, dim3(threads), 0, stream, reinterpret_cast<const T*>(x), op.pixels,
               channels, part, parts, block.packs, block.lanes, reinterpret_cast<float2*>(moments));
    });
}

void merge_moments(const CudaGroupNorm& op, Stream stream, int64_t rows, const ChannelMoments* x, const ChannelMoments* x2, const std::byte* scale_shift, ChannelFactors* factors) {
    const Merge merge = {.sources = {{reinterpret_cast<const float2*>(x), op.tiles, op.tiles.count(), op.c1}, {reinterpret_cast<const float2*>(x2), op.tiles2, op.tiles2.count(), op.c2}},
                         .gamma = op.gamma,
                         .beta = op.beta,
                         .scale_shift = scale_shift,
                         .scale_is_bf16 = op.scale_type == CudaType::bf16,
                         .groups = op.op.groups,
                         .channels = op.c1 + op.c2,
                         .eps = op.op.eps};
    const int64_t groups = rows * op.op.groups;
    launch(group_norm_forward_merge, dim3(unsigned(merge_grid(op, rows).blocks)), dim3(128), 0, stream, merge, groups, reinterpret_cast<float2*>(factors));
}

void apply_factors(const CudaGroupNorm& op, Stream stream, int64_t rows, const std::byte* x, const std::byte* x2, const ChannelFactors* factors, std::byte* y) {
    const CudaGroupNormBlock block = cuda_group_norm_block(op.c1 + op.c2, op.vector);
    const int part = apply_part(op), parts = apply_parts(op);
    const dim3 grid = dim_of(apply_grid(op, rows), block.across);
    with_form(op, [&]<class T, int V>(T, std::integral_constant<int, V>) {
        with_activation(op.op.act, [&]<Activation act>(std::integral_constant<Activation, act>) {
            launch(group_norm_forward_apply<T, V, act>, grid, dim3(threads), 0, stream, reinterpret_cast<const T*>(x),
                   reinterpret_cast<const T*>(x2), reinterpret_cast<const float2*>(factors), reinterpret_cast<T*>(y), op.pixels, op.c1, op.c2, part, parts, block.packs,
                   block.lanes);
        });
    });
}

}  // namespace lgv
