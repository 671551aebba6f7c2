// y = softmax(q k^T / sqrt(D)) v, for each image and each head alone.
// q, k, v, y: [N, H, W, heads * D], L = H W: head i is channels i*D .. (i+1)*D - 1
//
// attention_forward_mma (bfloat16): a block has some query rows of one head and goes over all keys, a tile at a time and always in the same order, with scores,
// softmax and product in one pass: the scores of a row are never in memory. Sums and the softmax are float32; probabilities are rounded to bfloat16 for the second product, but summed as
// they were. With m the largest score so far, a step multiplies what it has by 2^(c (m_old - m_new)) and adds 2^(c (s - m_new)), c = log2(e) / sqrt(D): one ex2 a
// score, within 2 units in the last place of float32.
//   A warp has 16 or 32 query rows. Channels are padded with zeros in shared memory to the next plan's size; above 256 two warps share their rows, each has half of
// the channels, and they exchange their halves of the scores: with more than 256 channels the sums of a row would not fit into registers.
//   4 N heads L^2 D flops and 2 N heads L^2 D L2 bytes by rows: bound by the tensor cores and by the shared memory that feeds them (a warp with 16 rows reads 512
// bytes for 2 products of 4096 multiply-adds), for D <= 64 by the exponentials as well (16 a clock and multiprocessor).
//   Counted in the emulator: no bank conflict in the loop (padded to 32 or 160 channels 2 wavefronts for 1 where tiles are written); whole sectors of 32 bytes but for heads of 40, 1.2 times
// the bytes. L = 256, D = 256: 48 thousand wavefronts and 67 MFLOP an image. No spills; 158 to 241 registers.
//
// attention_forward_f32 (float32): the oracle; a block has one query row, a thread one key of a tile of 128, then some of the channels.
#include "ops/attention/attention.cuda.h"

#include <cmath>

#include "base/error.h"
#include "device/cuda/elements.cuh"
#include "device/cuda/tiles.cuh"
#include "ops/cuda_weights.h"

namespace lgv {

namespace {

constexpr int threads = 128;
constexpr int most_channels = 512;

// How a head of up to `Channels` channels is computed.
template <int Channels, int RowTiles, int Keys, int Blocks, int Split = 1>
struct Plan {
    static constexpr int channels = Channels;          // padded
    static constexpr int row_tiles = RowTiles;         // of 16 query rows, a warp's
    static constexpr int keys = Keys;                  // of a tile
    static constexpr int blocks = Blocks;              // that a multiprocessor's registers (and an H100's shared memory) hold
    static constexpr int split = Split;                // warps that share their rows
    static constexpr int slice = Channels / Split;     // channels of a warp
    static constexpr int rows = threads / 32 / Split * 16 * RowTiles;
    // Rows in shared memory: an odd number of chunks apart; where a row has 2, 6 or 10 chunks there is no room between them, but chunks change places with their
    // neighbours in four rows of eight. Neither has a bank conflict when eight rows are read, and the second has none when it is written.
    static constexpr bool swapped = Channels / 8 % 4 == 2;
    static constexpr int pitch = swapped ? 2 * Channels : odd_pitch(2 * Channels);
    static constexpr int score_tiles = Keys / 8;
    static constexpr int channel_tiles = slice / 8;
    static constexpr int steps = slice / 16;           // of the sum over channels
    static constexpr bool query_in_registers = RowTiles == 2 || slice <= 80;
    static constexpr int64_t exchange_bytes = Split == 1 ? 0 : threads * RowTiles * score_tiles * 16;
    static constexpr int64_t shared_bytes = int64_t(rows + 2 * Keys) * pitch + exchange_bytes;
};

template <class P>
LGV_DEVICE uint32_t place(int row, int chunk) {
    return uint32_t(row * P::pitch + (P::swapped ? chunk ^ (row >> 2 & 1) : chunk) * 16);
}

struct Heads {
    const bf16 *q, *k, *v;
    bf16* y;
    int length, head_size, heads;
    int row_blocks;  // of a head
    float factor;    // log2(e) / sqrt(D)
    bool aligned;    // D is a multiple of 8: chunks of 16 bytes are aligned, and whole
};

// The `there` rows at `from`, the rest of `Rows` and channels from head_size on as zeros. The threads that share a row are a power of two: a thread's chunks
// are then the same in all its rows, and its next row is a sum away. They divide the chunks evenly, but for a row of 6, of which 8 threads take one each: heads of 40 do not begin at
// whole sectors of 32 bytes, and in halves a row would be 5 of them, not 3.
template <class P, int Rows>
LGV_DEVICE void load_rows(uint32_t to, const bf16* from, int there, int stride, int head_size, bool aligned) {
    constexpr int chunks = P::channels / 8, sharing = chunks == 6 ? 8 : chunks & -chunks, pass = threads / sharing;
    static_assert(sharing <= threads && Rows % pass == 0 && (!P::swapped || pass % 8 == 0));
    const int first = int(threadIdx.x) / sharing, chunk = int(threadIdx.x) % sharing;
    if (chunk >= chunks) return;
    uint32_t address = to + place<P>(first, chunk);
    const bf16* source = from + int64_t(first) * stride + 8 * chunk;
    const int64_t next = int64_t(pass) * stride;
    // Not unrolled as a whole: the addresses of all rows would be kept in registers from tile to tile.
    if (aligned) {
#pragma unroll 2
        for (int n = 0; n < Rows / pass; ++n) {
            const int row = first + n * pass;
            for (int i = 0; i < chunks; i += sharing) {
                const bool live = row < there && 8 * (chunk + i) < head_size;  // where not, `source` is not read
                cp_async16(address + uint32_t(16 * i), source + 8 * i, live ? 16 : 0);
            }
            address += uint32_t(pass * P::pitch), source += next;
        }
    } else {
#pragma unroll 1
        for (int n = 0; n < Rows / pass; ++n) {
            const int row = first + n * pass;
#pragma unroll 1
            for (int i = 0; i < chunks; i += sharing) {
                st_shared(address + uint32_t(16 * i), gather_chunk(source + 8 * i, row < there ? head_size - 8 * (chunk + i) : 0));
            }
            address += uint32_t(pass * P::pitch), source += next;
        }
    }
}

template <class P>
__global__ void __launch_bounds__(threads, P::blocks) attention_forward_mma(Heads h) {
    const int lane = int(threadIdx.x) & 31, warp = int(threadIdx.x) >> 5;
    const int part = warp % P::split, row_group = warp / P::split;
    const int unit = int(blockIdx.x) / h.row_blocks, block_row = int(blockIdx.x) % h.row_blocks * P::rows;
    const int image = unit / h.heads, stride = h.heads * h.head_size;
    const int64_t head = int64_t(image) * h.length * stride + int64_t(unit % h.heads) * h.head_size;
    const int warp_row = row_group * 16 * P::row_tiles;
    const bool live = block_row + warp_row < h.length;

    const uint32_t queries = shared_address(dynamic_shared());
    const uint32_t keys = queries + P::rows * P::pitch, values = keys + P::keys * P::pitch;
    const uint32_t exchange = values + P::keys * P::pitch;
    const uint32_t slice = uint32_t(part * P::slice * 2);
    const uint32_t query_at = queries + place<P>(warp_row + a_row(lane), a_chunk(lane)) + slice;
    const uint32_t key_at = keys + place<P>(b_row(lane), b_chunk(lane)) + slice;
    const uint32_t value_at = values + place<P>(b_trans_row(lane), b_trans_chunk(lane)) + slice;

    load_rows<P, P::rows>(queries, h.q + head + int64_t(block_row) * stride, h.length - block_row, stride, h.head_size, h.aligned);
    load_rows<P, P::keys>(keys, h.k + head, h.length, stride, h.head_size, h.aligned);
    cp_async_commit();

    float sums[P::row_tiles][P::channel_tiles][4] = {};
    float largest[P::row_tiles][2], totals[P::row_tiles][2];
    for (int r = 0; r < P::row_tiles; ++r) {
        for (int i = 0; i < 2; ++i) largest[r][i] = -INFINITY, totals[r][i] = 0;
    }
    uint32_t query[P::query_in_registers ? P::steps : 1][P::row_tiles][4];

    for (int first = 0; first < h.length; first += P::keys) {
        cp_async_wait<0>();
        __syncthreads();  // the keys are there, and nobody reads the last values any more
        load_rows<P, P::keys>(values, h.v + head + int64_t(first) * stride, h.length - first, stride, h.head_size, h.aligned);
        cp_async_commit();

        float scores[P::row_tiles][P::score_tiles][4] = {};
        if (live) {
            if (P::query_in_registers && first == 0) {
#pragma unroll
                for (int step = 0; step < P::steps; ++step) {
                    for (int r = 0; r < P::row_tiles; ++r) ldmatrix_x4(query[P::query_in_registers ? step : 0][r], query_at + uint32_t(16 * r * P::pitch + 32 * step));
                }
            }
#pragma unroll
            for (int step = 0; step < P::steps; ++step) {
                if constexpr (!P::query_in_registers) {
                    for (int r = 0; r < P::row_tiles; ++r) ldmatrix_x4(query[0][r], query_at + uint32_t(16 * r * P::pitch + 32 * step));
                }
#pragma unroll
                for (int pair = 0; pair < P::keys / 16; ++pair) {
                    uint32_t key[4];
                    ldmatrix_x4(key, key_at + uint32_t(16 * pair * P::pitch + 32 * step));
                    for (int r = 0; r < P::row_tiles; ++r) {
                        const uint32_t(&a)[4] = query[P::query_in_registers ? step : 0][r];
                        mma_m16n8k16_bf16(scores[r][2 * pair], a, key[0], key[1]);
                        mma_m16n8k16_bf16(scores[r][2 * pair + 1], a, key[2], key[3]);
                    }
                }
            }
            if constexpr (P::split == 2) {
                for (int r = 0; r < P::row_tiles; ++r) {
                    for (int t = 0; t < P::score_tiles; ++t) {
                        const float(&s)[4] = scores[r][t];
                        st_shared(exchange + uint32_t(((warp * P::row_tiles + r) * P::score_tiles + t) * 32 + lane) * 16, make_float4(s[0], s[1], s[2], s[3]));
                    }
                }
            }
        }

        cp_async_wait<0>();
        __syncthreads();  // the values are there, and nobody reads these keys any more
        if (first + P::keys < h.length) {
            const int next = first + P::keys;
            load_rows<P, P::keys>(keys, h.k + head + int64_t(next) * stride, h.length - next, stride, h.head_size, h.aligned);
            cp_async_commit();
        }
        if (!live) continue;

        if constexpr (P::split == 2) {
            for (int r = 0; r < P::row_tiles; ++r) {
                for (int t = 0; t < P::score_tiles; ++t) {
                    const auto other = ld_shared<float4>(exchange + uint32_t((((warp ^ 1) * P::row_tiles + r) * P::score_tiles + t) * 32 + lane) * 16);
                    float(&s)[4] = scores[r][t];
                    s[0] += other.x, s[1] += other.y, s[2] += other.z, s[3] += other.w;
                }
            }
        }
        if (first + P::keys > h.length) {
            for (int t = 0; t < P::score_tiles; ++t) {
                for (int i = 0; i < 2; ++i) {
                    if (first + 8 * t + fragment_column(lane) + i < h.length) continue;
                    for (int r = 0; r < P::row_tiles; ++r) scores[r][t][i] = scores[r][t][2 + i] = -INFINITY;
                }
            }
        }
#pragma unroll
        for (int r = 0; r < P::row_tiles; ++r) {
#pragma unroll
            for (int i = 0; i < 2; ++i) {
                float most = largest[r][i];
                for (int t = 0; t < P::score_tiles; ++t) most = fmaxf(most, fmaxf(scores[r][t][2 * i], scores[r][t][2 * i + 1]));
                most = fmaxf(most, __shfl_xor_sync(~0u, most, 1));
                most = fmaxf(most, __shfl_xor_sync(~0u, most, 2));
                const float moved = most * h.factor;  // finite: the first tile has the key 0, which nothing masks
                const float kept = ex2(fused(largest[r][i], h.factor, -moved));
                float total = 0;
                for (int t = 0; t < P::score_tiles; ++t) {
                    for (int j = 2 * i; j < 2 * i + 2; ++j) {
                        scores[r][t][j] = ex2(fused(scores[r][t][j], h.factor, -moved));
                        total += scores[r][t][j];
                    }
                }
                largest[r][i] = most;
                totals[r][i] = fused(totals[r][i], kept, total);
                for (int t = 0; t < P::channel_tiles; ++t) sums[r][t][2 * i] *= kept, sums[r][t][2 * i + 1] *= kept;
            }
        }
#pragma unroll
        for (int step = 0; step < P::keys / 16; ++step) {
            uint32_t a[P::row_tiles][4];
            for (int r = 0; r < P::row_tiles; ++r) {
                const float(&low)[4] = scores[r][2 * step];
                const float(&high)[4] = scores[r][2 * step + 1];
                a[r][0] = pack_bf16(low[0], low[1]), a[r][1] = pack_bf16(low[2], low[3]);
                a[r][2] = pack_bf16(high[0], high[1]), a[r][3] = pack_bf16(high[2], high[3]);
            }
#pragma unroll
            for (int pair = 0; pair < P::steps; ++pair) {
                uint32_t value[4];
                ldmatrix_x4_trans(value, value_at + uint32_t(16 * step * P::pitch + 32 * pair));
                for (int r = 0; r < P::row_tiles; ++r) {
                    mma_m16n8k16_bf16(sums[r][2 * pair], a[r], value[0], value[1]);
                    mma_m16n8k16_bf16(sums[r][2 * pair + 1], a[r], value[2], value[3]);
                }
            }
        }
    }
    if (!live) return;

    // Out by way of this warp's own queries, which nobody reads any more: 16 bytes at a time.
    const uint32_t own = queries + slice;
#pragma unroll
    for (int r = 0; r < P::row_tiles; ++r) {
#pragma unroll
        for (int i = 0; i < 2; ++i) {
            float total = totals[r][i];
            total += __shfl_xor_sync(~0u, total, 1);
            total += __shfl_xor_sync(~0u, total, 2);
            const float share = __fdividef(1, total);
            const int row = warp_row + 16 * r + 8 * i + fragment_row(lane);
            for (int t = 0; t < P::channel_tiles; ++t) st_shared(own + place<P>(row, t) + uint32_t(2 * fragment_column(lane)), pack_bf16(sums[r][t][2 * i] * share, sums[r][t][2 * i + 1] * share));
        }
    }
    __syncwarp();
    const int there = min(h.length - block_row - warp_row, 16 * P::row_tiles), channels = min(h.head_size - part * P::slice, P::slice);
    bf16* y = h.y + head + int64_t(block_row + warp_row) * stride + part * P::slice;
    for (int index = lane; index < 16 * P::row_tiles * P::channel_tiles; index += 32) {
        const int row = index / P::channel_tiles, chunk = index % P::channel_tiles;
        if (row >= there || 8 * chunk >= channels) continue;
        const uint32_t at = own + place<P>(warp_row + row, chunk);
        bf16* to = y + int64_t(row) * stride + 8 * chunk;
        if (h.aligned) {
            st_global(reinterpret_cast<uint4*>(to), ld_shared<uint4>(at));
        } else {
            for (int c = 0; c < min(channels - 8 * chunk, 8); ++c) st_global(to + c, ld_shared<bf16>(at + uint32_t(2 * c)));
        }
    }
}

// Of all threads, in the order of a tree; the result is everybody's.
template <class Combine>
LGV_DEVICE float over_block(float v, float (&shared)[threads / 32], Combine combine) {
    for (int distance = 16; distance > 0; distance /= 2) v = combine(v, __shfl_xor_sync(~0u, v, distance));
    if (threadIdx.x % 32 == 0) shared[threadIdx.x / 32] = v;
    __syncthreads();
    v = shared[0];
    for (int i = 1; i < threads / 32; ++i) v = combine(v, shared[i]);
    __syncthreads();
    return v;
}

__global__ void LGV_BLOCK_OF(threads) attention_forward_f32(const float* q, const float* k, const float* v, float* y, int length, int head_size, int heads, float scale) {
    LGV_SHARED(query, float[most_channels]);
    LGV_SHARED(weights, float[threads]);
    LGV_SHARED(partial, float[threads / 32]);
    const int thread = int(threadIdx.x), unit = int(blockIdx.x) / length, row = int(blockIdx.x) % length;
    const int stride = heads * head_size;
    const int64_t head = int64_t(unit / heads) * length * stride + int64_t(unit % heads) * head_size;
    for (int c = thread; c < head_size; c += threads) query[c] = load(q + head + int64_t(row) * stride + c);
    __syncthreads();

    float sums[most_channels / threads] = {};
    float largest = -INFINITY, total = 0;
    for (int first = 0; first < length; first += threads) {
        const int there = min(length - first, threads);
        float score = -INFINITY;
        if (thread < there) {
            const float* key = k + head + int64_t(first + thread) * stride;
            score = 0;
            for (int c = 0; c < head_size; ++c) score = fused(query[c], load(key + c), score);
            score *= scale;
        }
        const float most = fmaxf(largest, over_block(score, partial, [](float a, float b) { return fmaxf(a, b); }));
        const float weight = expf(score - most), kept = expf(largest - most);
        weights[thread] = weight;
        total = fused(total, kept, over_block(weight, partial, [](float a, float b) { return a + b; }));
        largest = most;
        for (int i = 0; i < most_channels / threads; ++i) {
            const int c = thread + i * threads;
            if (c >= head_size) break;
            const float* value = v + head + int64_t(first) * stride + c;
            sums[i] *= kept;
            for (int j = 0; j < there; ++j) sums[i] = fused(weights[j], load(value + int64_t(j) * stride), sums[i]);
        }
        __syncthreads();
    }
    for (int i = 0; i < most_channels / threads; ++i) {
        const int c = thread + i * threads;
        if (c < head_size) store(y + head + int64_t(row) * stride + c, __fdiv_rn(sums[i], total));
    }
}

// The plan of a head with this many channels, handed to `use`. Its shared memory is 99 KiB at most, which every GPU from compute capability 8.0 on has.
template <class Use>
auto with_plan(int head_size, Use use) {
    if (head_size <= 16) return use(Plan<16, 2, 64, 3>{});
    if (head_size <= 32) return use(Plan<32, 2, 64, 2>{});
    if (head_size <= 48) return use(Plan<48, 2, 64, 2>{});
    if (head_size <= 64) return use(Plan<64, 2, 64, 2>{});
    if (head_size <= 80) return use(Plan<80, 1, 64, 3>{});
    if (head_size <= 128) return use(Plan<128, 1, 64, 3>{});
    if (head_size <= 160) return use(Plan<160, 1, 64, 2>{});
    if (head_size <= 256) return use(Plan<256, 1, 64, 2>{});
    return use(Plan<most_channels, 1, 16, 2, 2>{});
}

}  // namespace

CudaAttention lower(const Attention& op, Value out, const Shapes& shapes, const CudaTypes& types, CudaWeights&, const CudaTarget& target) {
    const Shape& q = shapes[op.q];
    const CudaType type = types[out];
    expect(types[op.q] == type && types[op.k] == type && types[op.v] == type && type != CudaType::i32, Code::unsupported, "attention: q, k, v and y are ",
           name_of(types[op.q]), ", ", name_of(types[op.k]), ", ", name_of(types[op.v]), " and ", name_of(type), "; all must be bfloat16, or float32");
    const int64_t d = q.c / op.heads;
    expect(d <= most_channels, Code::unsupported, "attention: a head of ", d, " channels; a GPU computes heads of up to ", most_channels);
    if (type == CudaType::bf16) {
        const int64_t bytes = with_plan(int(d), [](auto plan) { return decltype(plan)::shared_bytes; });
        expect(bytes <= target.shared_bytes, Code::unsupported, "attention: a head of ", d, " channels needs ", bytes, " bytes of shared memory, a block has ", target.shared_bytes);
    }
    return {.op = op, .out = out, .type = type, .length = int32_t(q.h * q.w), .head_size = int32_t(d)};
}

CudaNeeds needs(const CudaAttention&) { return {}; }

std::string algorithm(const CudaAttention& op) {
    if (op.type == CudaType::f32) return "float32";
    return with_plan(op.head_size, [](auto plan) {
        using P = decltype(plan);
        return text("mma ", P::rows, " rows x ", P::keys, " keys x ", P::channels, " channels", P::split == 2 ? " in halves" : "");
    });
}

namespace {

CudaGrid grid_of(const CudaAttention& op, int64_t rows) {
    const auto checked = [&](int64_t of_head, int64_t shared_bytes) {
        const int64_t units = rows * op.op.heads, blocks = units * of_head;
        expect(blocks < int64_t{1} << 31, Code::argument, "attention: ", units, " heads of ", op.length, " pixels are ", blocks, " blocks, a GPU takes 2^31 - 1 at once");
        return CudaGrid{blocks, threads, shared_bytes};
    };
    if (op.type == CudaType::f32) return checked(op.length, 0);
    return with_plan(op.head_size, [&](auto plan) {
        using P = decltype(plan);
        return checked((op.length + P::rows - 1) / P::rows, P::shared_bytes);
    });
}

}  // namespace

std::vector<CudaCost> cost(const CudaAttention& op, int64_t rows) {
    const CudaGrid grid = grid_of(op, rows);
    const int64_t units = rows * op.op.heads, length = op.length, scores = units * length * length, tensor = units * length * op.head_size * size_of(op.type);
    CudaCost cost{.kernel = "attention_forward_f32",
                  .grid = grid,
                  .registers = 40,
                  .static_bytes = (most_channels + threads + threads / 32) * 4,
                  .flops = 4 * scores * op.head_size,
                  .specials = scores,
                  .bytes_read = 3 * tensor,
                  .bytes_written = tensor,
                  .l2_bytes = 2 * tensor + grid.blocks / units * 2 * tensor};  // queries and results once, keys and values for each block of rows
    if (op.type == CudaType::f32) {
        cost.waits = (length + threads - 1) / threads * (op.head_size + threads);
        return {cost};
    }
    with_plan(op.head_size, [&](auto plan) {
        using P = decltype(plan);
        const int64_t tiles = (length + P::keys - 1) / P::keys, warps = units * ((length + 16 * P::row_tiles - 1) / (16 * P::row_tiles)) * P::split;  // that have rows
        cost.kernel = "attention_forward_mma";
        cost.registers = 65536 / (threads * P::blocks) / 8 * 8;
        cost.static_bytes = 0;
        cost.matrix_instructions = warps * tiles * 4 * P::steps * (P::keys / 16) * P::row_tiles;
        cost.specials = warps * tiles * P::keys * 16 * P::row_tiles;
        cost.waits = 1 + 2 * tiles;
    });
    return {cost};
}

void run(const CudaAttention& op, const CudaLaunch& launch) {
    const int heads = op.op.heads;
    const double scale = 1 / std::sqrt(double(op.head_size));
    const CudaGrid size = grid_of(op, launch.rows);
    const dim3 grid(unsigned(size.blocks)), block(unsigned(size.threads));
    if (op.type == CudaType::f32) {
        lgv::launch(attention_forward_f32, grid, block, 0, launch.stream, launch.at<float>(op.op.q), launch.at<float>(op.op.k), launch.at<float>(op.op.v),
                    launch.at<float>(op.out), op.length, op.head_size, heads, float(scale));
        return;
    }
    with_plan(op.head_size, [&](auto plan) {
        using P = decltype(plan);
        const int row_blocks = (op.length + P::rows - 1) / P::rows;
        const Heads h{.q = launch.at<bf16>(op.op.q), .k = launch.at<bf16>(op.op.k), .v = launch.at<bf16>(op.op.v), .y = launch.at<bf16>(op.out),
                      .length = op.length, .head_size = op.head_size, .heads = heads, .row_blocks = row_blocks,
                      .factor = float(scale * 1.4426950408889634), .aligned = op.head_size % 8 == 0};
        lgv::launch(attention_forward_mma<P>, grid, block, size.shared_bytes, launch.stream, h);
    });
}

}  // namespace lgv
