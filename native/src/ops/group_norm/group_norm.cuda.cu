// y = act(gamma * (X - mean) * rstd + beta), or act((...) * (1 + scale) + shift), in one launch where an image's pixels of a few whole groups fit in shared memory.
// X = [x, x2] side by side on channels: x: [N, P, C1]   x2: none, or [N, P, C2]   y: [N, P, C1 + C2]
//
// A block has `channels` channels, whole groups, of one image: its slab. A thread copies (cp.async) every lanes-th pixel of one pack of channels to shared memory and
// then only ever reads its own share: means, squared deviations from the group's mean, result. Between these passes the threads' sums lie in a table by channel,
// which a warp adds up for each group, in an order of the table's shape. Sums are float32.
// Bytes: one read and one write of x, rows of 64 bytes and more (counted: every sector whole; 1.22 times as many sectors as bytes want where only 40 channels of a row of
// bfloat16 fit, which the second-level cache makes good; no bank conflict but 2-way where sums are put down and added up). Bound by memory:
// 64 KiB slabs, 3 blocks on a multiprocessor of 228 KiB, so that one computes while others load.
#include "ops/group_norm/group_norm.cuda.h"

#include <numeric>

#include "base/error.h"
#include "device/cuda/packs.cuh"
#include "ops/activation.cuh"
#include "ops/cuda_weights.h"
#include "ops/group_norm/group_norm_cuda_block.h"

namespace lgv {

namespace {

constexpr int threads = 256;
constexpr int warps = threads / 32;
constexpr int64_t usual_slab = 64 * 1024;
constexpr int64_t largest_slab = 96 * 1024;

struct Slab {
    const float *gamma, *beta;
    const std::byte* scale_shift;
    bool scale_is_bf16;
    int pixels, c1, c2;
    int width;     // channels of a group
    int channels;  // of a block; the last of an image may have fewer
    int blocks;    // of an image
    int packs, lanes;
    int pitch;  // of the table of sums
    float eps;
};

LGV_DEVICE float number(const std::byte* from, bool is_bf16, int64_t i) {
    return is_bf16 ? load(reinterpret_cast<const bf16*>(from) + i) : load(reinterpret_cast<const float*>(from) + i);
}

template <int V>
LGV_DEVICE void put(float* to, const float (&v)[V]) {
    if constexpr (V == 1) {
        *to = v[0];
    } else {
#pragma unroll
        for (int j = 0; j < V; j += 4) st_shared(shared_address(to + j), make_float4(v[j], v[j + 1], v[j + 2], v[j + 3]));
    }
}

// Of the group's channels, `first` the first of them in the table; every lane has the sum.
LGV_DEVICE float group_sum(const float* table, const Slab& slab, int first) {
    float sum = 0;
    const int lane = int(threadIdx.x % 32);
    for (int i = lane; i < slab.lanes * slab.width; i += 32) {
        const int row = i / slab.width;
        sum += table[row * slab.pitch + first + (i - row * slab.width)];
    }
    for (int half = 16; half > 0; half /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, half);
    return sum;
}

template <class T, int V, Activation act>
__global__ void LGV_BLOCK_OF(threads) group_norm_forward_slab(Slab slab, const T* x, const T* x2, T* y) {
    using Raw = RawPack<T, V>;
    const int lane = int(threadIdx.x) / slab.packs, pack = int(threadIdx.x) - lane * slab.packs, warp = int(threadIdx.x / 32);
    const int64_t image = blockIdx.x / unsigned(slab.blocks);
    const int first = int(blockIdx.x - image * slab.blocks) * slab.channels, all_channels = slab.c1 + slab.c2;
    const int channels = all_channels - first < slab.channels ? all_channels - first : slab.channels, c = first + pack * V;
    const bool here = lane < slab.lanes && pack * V < channels;

    auto* pixels = static_cast<Raw*>(dynamic_shared());
    const int slab_bytes = (slab.pixels * slab.packs * int(sizeof(Raw)) + 15) / 16 * 16;
    auto* table = reinterpret_cast<float*>(static_cast<std::byte*>(dynamic_shared()) + slab_bytes);
    float* mean_of = table + slab.lanes * slab.pitch;
    float* a_of = mean_of + slab.pitch;
    float* b_of = a_of + slab.pitch;
    float* sums = table + lane * slab.pitch + pack * V;
    Raw* mine = pixels + pack;  // + pixel * packs

    if (here) {
        const bool second = c >= slab.c1;
        const int row = second ? slab.c2 : slab.c1;
        const T* from = (second ? x2 + (c - slab.c1) : x + c) + (image * slab.pixels + lane) * row;
        for (int p = lane; p < slab.pixels; p += slab.lanes, from += int64_t(slab.lanes) * row) {
            if constexpr (V == 1) {
                mine[p * slab.packs] = load_raw<T, 1>(from);
            } else {
                cp_async16(shared_address(mine + p * slab.packs), from);
            }
        }
        cp_async_commit();
        cp_async_wait<0>();
        float sum[V] = {};
        for (int p = lane; p < slab.pixels; p += slab.lanes) {
            float v[V];
            unpack<T, V>(ld_shared<Raw>(shared_address(mine + p * slab.packs)), v);
#pragma unroll
            for (int j = 0; j < V; ++j) sum[j] += v[j];
        }
        put<V>(sums, sum);
    }
    __syncthreads();
    const float count = float(slab.pixels) * float(slab.width);
    for (int group = warp; group * slab.width < channels; group += warps) {
        const float mean = __fdiv_rn(group_sum(table, slab, group * slab.width), count);
        for (int i = int(threadIdx.x % 32); i < slab.width; i += 32) mean_of[group * slab.width + i] = mean;
    }
    __syncthreads();
    if (here) {
        float mean[V], sum[V] = {};
#pragma unroll
        for (int j = 0; j < V; ++j) mean[j] = mean_of[pack * V + j];
        for (int p = lane; p < slab.pixels; p += slab.lanes) {
            float v[V];
            unpack<T, V>(ld_shared<Raw>(shared_address(mine + p * slab.packs)), v);
#pragma unroll
            for (int j = 0; j < V; ++j) {
                const float d = v[j] - mean[j];
                sum[j] = fused(d, d, sum[j]);
            }
        }
        put<V>(sums, sum);
    }
    __syncthreads();
    for (int group = warp; group * slab.width < channels; group += warps) {
        const float variance = __fdiv_rn(group_sum(table, slab, group * slab.width), count), rstd = __fdiv_rn(1.0f, root(variance + slab.eps));
        for (int i = int(threadIdx.x % 32); i < slab.width; i += 32) {
            const int at = group * slab.width + i;
            float a = ld_global_nc(slab.gamma + first + at) * rstd, b = ld_global_nc(slab.beta + first + at);
            if (slab.scale_shift != nullptr) {
                const float more = 1.0f + number(slab.scale_shift, slab.scale_is_bf16, image * 2 * all_channels + first + at);
                a *= more;
                b = fused(b, more, number(slab.scale_shift, slab.scale_is_bf16, (image * 2 + 1) * all_channels + first + at));
            }
            a_of[at] = a;
            b_of[at] = b;
        }
    }
    __syncthreads();
    if (!here) return;
    float mean[V], a[V], b[V];
#pragma unroll
    for (int j = 0; j < V; ++j) mean[j] = mean_of[pack * V + j], a[j] = a_of[pack * V + j], b[j] = b_of[pack * V + j];
    T* to = y + (image * slab.pixels + lane) * all_channels + c;
    for (int p = lane; p < slab.pixels; p += slab.lanes, to += int64_t(slab.lanes) * all_channels) {
        float v[V];
        unpack<T, V>(ld_shared<Raw>(shared_address(mine + p * slab.packs)), v);
#pragma unroll
        for (int j = 0; j < V; ++j) v[j] = activate<act>(fused(v[j] - mean[j], a[j], b[j]));
        store_values<T, V>(to, v);
    }
}

struct SlabSize {
    int packs, lanes, pitch;
    int64_t bytes;
};

SlabSize slab_size(int64_t channels, int64_t pixels, int vector, CudaType type) {
    const int packs = int(channels / vector), lanes = std::max(threads / packs, 1);
    // 4 more than the channels: rows of a narrow group begin at other banks.
    const int pitch = int(channels + 3) / 4 * 4 + 4;
    const int64_t slab = (pixels * channels * size_of(type) + 15) / 16 * 16;
    return {packs, lanes, pitch, slab + int64_t(lanes + 3) * pitch * 4};
}

// Whole groups and packs, about 64 channels; whole sectors of 32 bytes, too, where that fits. 0 where nothing does.
int32_t slab_channels_of(int64_t channels, int64_t groups, int64_t pixels, int vector, CudaType type, int64_t shared_bytes) {
    const auto fits = [&](int64_t some, int64_t most_bytes) {
        return some <= channels && some / vector <= threads && pixels * some * size_of(type) <= most_bytes && slab_size(some, pixels, vector, type).bytes <= shared_bytes;
    };
    const int64_t packs = std::lcm(channels / groups, int64_t(vector)), sectors = std::lcm(packs, 32 / size_of(type));
    const int64_t unit = fits(sectors, usual_slab) ? sectors : packs;
    int64_t chosen = fits(unit, largest_slab) ? unit : 0;
    for (int64_t some = unit; some <= 64; some += unit) {
        if (fits(some, usual_slab)) chosen = some;
    }
    const bool narrow = chosen < channels && chosen * size_of(type) < 64;
    return narrow ? 0 : int32_t(chosen);
}

int slabs_of_image(const CudaGroupNorm& op) { return (op.c1 + op.c2 + op.slab_channels - 1) / op.slab_channels; }
CudaGrid slab_grid(const CudaGroupNorm& op, int64_t rows) {
    return {rows * slabs_of_image(op), threads, slab_size(op.slab_channels, op.pixels, op.vector, op.type).bytes};
}

void run_slab(const CudaGroupNorm& op, const CudaLaunch& launch) {
    const int channels = op.c1 + op.c2;
    const CudaGrid grid = slab_grid(op, launch.rows);
    const SlabSize size = slab_size(op.slab_channels, op.pixels, op.vector, op.type);
    const Slab slab = {.gamma = op.gamma,
                       .beta = op.beta,
                       .scale_shift = launch.at<std::byte>(op.op.scale_shift),
                       .scale_is_bf16 = op.scale_type == CudaType::bf16,
                       .pixels = op.pixels,
                       .c1 = op.c1,
                       .c2 = op.c2,
                       .width = channels / op.op.groups,
                       .channels = op.slab_channels,
                       .blocks = slabs_of_image(op),
                       .packs = size.packs,
                       .lanes = size.lanes,
                       .pitch = size.pitch,
                       .eps = op.op.eps};
    const auto queue = [&]<class T, int V>(T, std::integral_constant<int, V>) {
        with_activation(op.op.act, [&]<Activation act>(std::integral_constant<Activation, act>) {
            lgv::launch(group_norm_forward_slab<T, V, act>, dim3(unsigned(grid.blocks)), dim3(threads), grid.shared_bytes, launch.stream, slab, launch.at<T>(op.op.x),
                        launch.at<T>(op.op.x2), launch.at<T>(op.out));
        });
    };
    if (op.type == CudaType::bf16) return op.vector > 1 ? queue(bf16{}, std::integral_constant<int, 8>{}) : queue(bf16{}, std::integral_constant<int, 1>{});
    return op.vector > 1 ? queue(float{}, std::integral_constant<int, 4>{}) : queue(float{}, std::integral_constant<int, 1>{});
}

// In the workspace, where they are not values of the program: moments of x, moments of x2, factors.
struct Pieces {
    int64_t moments2 = 0, factors = 0, bytes = 0;
};

Pieces pieces_of(const CudaGroupNorm& op) {
    const auto aligned = [](int64_t bytes) { return (bytes + 255) / 256 * 256; };
    const auto moments = [&](const SharedMoments& shared, const PixelTiles& tiles, int32_t channels) {
        return shared.value ? 0 : aligned(op.rows * tiles.count() * channels * int64_t(sizeof(ChannelMoments)));
    };
    Pieces pieces;
    pieces.moments2 = moments(op.shared, op.tiles, op.c1);
    pieces.factors = pieces.moments2 + moments(op.shared2, op.tiles2, op.c2);
    pieces.bytes = pieces.factors + (op.factors ? 0 : aligned(op.rows * (op.c1 + op.c2) * int64_t(sizeof(ChannelFactors))));
    return pieces;
}

}  // namespace

CudaGroupNorm plan(const GroupNorm& op, Value out, const Shapes& shapes, const CudaTypes& types, const CudaTarget& target) {
    const Shape y = output_shape(op, shapes);
    const CudaType type = types[op.x];
    expect(type != CudaType::i32 && types[out] == type && (!op.x2 || types[op.x2] == type), Code::unsupported, "group_norm: from ", name_of(type),
           op.x2 ? text(" and ", name_of(types[op.x2])) : "", " to ", name_of(types[out]), "; there are kernels from bfloat16 to bfloat16 and from float32 to float32");
    expect(y.h * y.w < int64_t{1} << 30 && y.c < int64_t{1} << 24, Code::unsupported, "group_norm: ", to_text(y), " is beyond 2^30 pixels or 2^24 channels");
    const int64_t pixels = y.h * y.w, c1 = shapes[op.x].c, c2 = y.c - c1;
    const int32_t pack = int32_t(16 / size_of(type)), vector = c1 % pack == 0 && c2 % pack == 0 ? pack : 1;
    const auto run_of_pixels = [&](int64_t channels) {
        return PixelTiles{1, int32_t(pixels), 1, channels == 0 ? int32_t(pixels) : cuda_group_norm_part(int32_t(pixels), int32_t(channels), vector)};
    };
    return {.op = op,
            .out = out,
            .type = type,
            .scale_type = op.scale_shift ? types[op.scale_shift] : type,
            .rows = y.n,
            .pixels = int32_t(pixels),
            .c1 = int32_t(c1),
            .c2 = int32_t(c2),
            .vector = vector,
            .slab_channels = slab_channels_of(y.c, op.groups, pixels, vector, type, target.shared_bytes),
            .tiles = run_of_pixels(c1),
            .tiles2 = run_of_pixels(c2),
            .shared = {},
            .shared2 = {},
            .factors = {}};
}

CudaGroupNorm lower(const GroupNorm& op, Value out, const Shapes& shapes, const CudaTypes& types, CudaWeights& weights, const CudaTarget& target) {
    CudaGroupNorm norm = plan(op, out, shapes, types, target);
    const std::vector<int64_t> wanted{norm.c1 + norm.c2};
    for (const auto& [name, parameter] : {std::pair("weight", op.weight), std::pair("bias", op.bias)}) {
        expect(weights.shape(parameter) == wanted, Code::model, "group_norm: the ", name, " is ", to_text(weights.shape(parameter)), ", expected ", to_text(wanted));
    }
    norm.gamma = weights.plain(op.weight);
    norm.beta = weights.plain(op.bias);
    return norm;
}

CudaNeeds needs(const CudaGroupNorm& op) { return {.workspace_bytes = op.slab_channels != 0 ? 0 : pieces_of(op).bytes}; }

std::string algorithm(const CudaGroupNorm& op) {
    if (op.slab_channels != 0) return text("slabs of ", op.slab_channels, " channels");
    std::string name = !op.shared.is_given                      ? text("parts of ", op.tiles.tile_w, " pixels")
                       : op.c2 != 0 && !op.shared2.is_given ? text("parts of ", op.tiles2.tile_w, " pixels")
                                                            : "merge";
    if (op.shared.is_given) name += ", moments of x given";
    if (op.shared2.is_given) name += ", moments of x2 given";
    return op.applies ? name : name + ", applied by its readers";
}

std::vector<CudaCost> cost(const CudaGroupNorm& op, int64_t rows) {
    if (op.slab_channels == 0) {
        std::vector<CudaCost> costs;
        if (!op.shared.is_given) costs.push_back(cost_of_moments(op, rows, op.c1));
        if (op.c2 != 0 && !op.shared2.is_given) costs.push_back(cost_of_moments(op, rows, op.c2));
        costs.push_back(cost_of_merge(op, rows));
        if (op.applies) costs.push_back(cost_of_apply(op, rows));
        return costs;
    }
    const int64_t channels = op.c1 + op.c2, elements = rows * op.pixels * channels, bytes = elements * size_of(op.type);
    const int64_t factors = 2 * channels * 4 + (op.op.scale_shift ? 2 * rows * channels * size_of(op.scale_type) : 0);
    return {{.kernel = "group_norm_forward_slab",
             .grid = slab_grid(op, rows),
             .registers = 40,
             .flops = 10 * elements,
             .specials = specials_of(op.op.act) * elements,
             .bytes_read = bytes + factors,
             .bytes_written = bytes,
             .l2_bytes = 2 * bytes,
             .waits = 2}};
}

void run(const CudaGroupNorm& op, const CudaLaunch& launch) {
    if (launch.rows == 0) return;
    if (op.slab_channels != 0) return run_slab(op, launch);
    const Pieces pieces = pieces_of(op);
    const auto* x = launch.at<std::byte>(op.op.x);
    const auto* x2 = launch.at<std::byte>(op.op.x2);
    auto* moments = op.shared.value ? launch.at<ChannelMoments>(op.shared.value) : reinterpret_cast<ChannelMoments*>(launch.workspace);
    auto* moments2 = op.shared2.value ? launch.at<ChannelMoments>(op.shared2.value) : reinterpret_cast<ChannelMoments*>(launch.workspace + pieces.moments2);
    auto* factors = op.factors ? launch.at<ChannelFactors>(op.factors) : reinterpret_cast<ChannelFactors*>(launch.workspace + pieces.factors);
    if (!op.shared.is_given) make_moments(op, launch.stream, launch.rows, x, op.c1, moments);
    if (op.c2 != 0 && !op.shared2.is_given) make_moments(op, launch.stream, launch.rows, x2, op.c2, moments2);
    merge_moments(op, launch.stream, launch.rows, moments, moments2, launch.at<std::byte>(op.op.scale_shift), factors);
    if (op.applies) apply_factors(op, launch.stream, launch.rows, x, x2, factors, launch.at<std::byte>(op.out));
}

}  // namespace lgv
