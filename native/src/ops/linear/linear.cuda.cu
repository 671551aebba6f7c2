// y[m, k] = scale * act(sum over c of w[k, c] * x[m, c] + bias[k] + residual[m, k]), for every pixel m of every image.
// x: [N, H, W, C]   weight: [K, C]   bias: [K]   residual, y: [N, H, W, K]   All of it in one kernel; sums and the epilogue are float32.
//
// linear_forward_mma (bfloat16): tiles of 128x128, 128x64 or 64x64 outputs, mma.sync over C in steps of 32, four of them on their way from memory at a time. Rows of several
// images share a tile: a row's sum is the chain of its own products, 16 channels a link, in the order of C. 2 N H W C K flops: up to C = 400 or so bound by the memory of x and y, then by
// the tensor cores. Weights lie as the tiles of shared memory: 64 outputs x 32 channels, 4 KiB without a gap, 16-byte chunks swapped so that no read has a bank conflict.
// Counted in the emulator: whole sectors and no conflict in the loop, 2 wavefronts for 1 where the epilogue reads. A step of 128x128 is 32 mma, 12 ldmatrix and some 70 other instructions.
//
// linear_forward_rows (bfloat16): few pixels an image, the time path. Bound by the weights' memory and by latency: a block has 16 rows x 16 outputs, its warps divide C (by C alone), and operands go from
// memory straight into the fragments of mma.sync, every weight once for 16 rows. The partial sums of the warps are added in their order.
//
// linear_forward_f32 (float32): the oracle; a thread has one output, its sum in the order of C, fma by fma.
#include "ops/linear/linear.cuda.h"

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "device/cuda/elements.cuh"
#include "device/cuda/tiles.cuh"
#include "ops/activation.cuh"
#include "ops/cuda_weights.h"

namespace lgv {

namespace {

constexpr int step_channels = 32;   // of C that a step of a kernel takes
constexpr int panel_outputs = 64;   // of the packed weight
constexpr int panel_bytes = panel_outputs * step_channels * 2;
constexpr int row_bytes = step_channels * 2;

struct Call {
    const bf16 *x, *residual;
    const std::byte* weight;
    const float* bias;
    bf16* y;
    int64_t m;  // pixels of all images
    int c, k;
    float scale;
    Activation act;
    bool aligned_x, aligned_y;  // C, K are multiples of 8: chunks of 16 bytes are aligned, and whole
};

LGV_HOST_DEVICE constexpr int steps_of(int channels) { return (channels + step_channels - 1) / step_channels; }

// Where chunk `chunk` (of 4) of row `row` lies in a tile of rows of 64 bytes: eight rows of the same chunk are in eight different places of 128 bytes.
LGV_HOST_DEVICE int swapped(int row, int chunk) { return row * row_bytes + (chunk ^ (row >> 1 & 3)) * 16; }

// The output k of a pixel from its sum, where `at` is its place.
LGV_DEVICE void finish(const Call& call, float sum, int k, int64_t at) {
    float v[1] = {sum};
    if (call.bias != nullptr) v[0] += load(call.bias + k);
    if (call.residual != nullptr) v[0] += load(call.residual + at);
    activate(call.act, v);
    store(call.y + at, call.scale * v[0]);
}

// Eight of them, aligned.
LGV_DEVICE void finish(const Call& call, float (&v)[8], int k, int64_t at) {
    float added[8];
    if (call.bias != nullptr) {
        for (int j = 0; j < 2; ++j) {
            const auto four = ld_global_nc(reinterpret_cast<const float4*>(call.bias + k + 4 * j));
            v[4 * j] += four.x, v[4 * j + 1] += four.y, v[4 * j + 2] += four.z, v[4 * j + 3] += four.w;
        }
    }
    if (call.residual != nullptr) {
        load_pack(call.residual + at, added);
        for (int j = 0; j < 8; ++j) v[j] += added[j];
    }
    activate(call.act, v);
    for (float& y : v) y *= call.scale;
    store_pack(call.y + at, v);
}

template <int Rows, int Outputs, int WarpRows>
struct Tile {
    static constexpr int rows = Rows, outputs = Outputs;
    static constexpr int warp_rows = WarpRows, warp_outputs = 32;
    static constexpr int row_warps = Rows / WarpRows, warps = row_warps * (Outputs / warp_outputs), threads = 32 * warps;
    static constexpr int blocks = Rows * Outputs > 8192 ? 2 : Rows * Outputs > 4096 ? 4 : 5;  // that the registers of a multiprocessor hold
    static constexpr int stages = 4;
    static constexpr int x_bytes = Rows * row_bytes, stage_bytes = x_bytes + Outputs * row_bytes;
    static constexpr int epilogue_pitch = 40;  // floats; eight rows of a fragment fall into different banks
    static constexpr int64_t shared_bytes = int64_t(stages) * stage_bytes;

    // From this stage of the ring to the next.
    LGV_DEVICE static uint32_t next(int stage) { return uint32_t(stage == stages - 1 ? -(stages - 1) * stage_bytes : stage_bytes); }

    static_assert(shared_bytes >= warps * 16 * epilogue_pitch * 4);
    static_assert(Rows * 4 % threads == 0 && Outputs * 4 % threads == 0);
};

template <class T>
__global__ void __launch_bounds__(T::threads, T::blocks) linear_forward_mma(Call call) {
    const int thread = int(threadIdx.x), lane = thread & 31, warp = thread >> 5;
    const int output_tiles = (call.k + T::outputs - 1) / T::outputs;
    const int64_t first_row = int64_t(blockIdx.x / unsigned(output_tiles)) * T::rows;
    const int first_output = int(blockIdx.x % unsigned(output_tiles)) * T::outputs;
    const uint32_t shared = shared_address(dynamic_shared());
    const int steps = steps_of(call.c);

    // A thread copies the same chunk of every (threads / 4)th row; a panel of the weight lies as it is copied. What a step needs is carried from step to step:
    // recomputed, it would be more instructions than the products.
    constexpr int x_copies = T::rows * 4 / T::threads, weight_copies = T::outputs * 4 / T::threads, copied_rows = T::threads / 4;
    static_assert(copied_rows % 8 == 0);                  // so that a thread's rows are swapped alike
    static_assert(panel_bytes % (T::threads * 16) == 0);  // and its weight chunks lie in one panel
    const int chunk = thread & 3;
    const int rows_there = int(min(call.m - first_row, int64_t{T::rows})) - thread / 4;
    const int64_t copied_elements = int64_t(copied_rows) * call.c, weight_panel = int64_t(steps) * panel_bytes;
    const bf16* x = call.x + (first_row + thread / 4) * call.c + 8 * chunk;
    const std::byte* weight = call.weight + first_output / panel_outputs * weight_panel + thread * 16;
    int channels_there = call.c - 8 * chunk, loaded = 0;
    uint32_t x_to = shared + uint32_t(swapped(thread / 4, chunk)), weight_to = shared + uint32_t(T::x_bytes + thread * 16);
    const auto load_step = [&] {
        for (int i = 0; i < x_copies; ++i) {
            const int there = i * copied_rows < rows_there ? channels_there : 0;
            const uint32_t address = x_to + uint32_t(i * copied_rows * row_bytes);
            const bf16* source = x + i * copied_elements;  // where nothing is there it is not read
            if (call.aligned_x) {
                cp_async16(address, source, there > 0 ? 16 : 0);
            } else {
                st_shared(address, gather_chunk(source, there));
            }
        }
        for (int i = 0; i < weight_copies; ++i) {
            const int at = i * T::threads * 16;
            cp_async16(weight_to + uint32_t(at), weight + at / panel_bytes * weight_panel + at % panel_bytes);
        }
        const uint32_t next = T::next(loaded);
        x_to += next, weight_to += next;
        x += step_channels, channels_there -= step_channels, weight += panel_bytes;
        loaded = (loaded + 1) % T::stages;
    };

    const int warp_row = warp % T::row_warps * T::warp_rows, warp_output = warp / T::row_warps * T::warp_outputs;
    uint32_t a_at[2], b_at[2];  // of the first and the second 16 channels of a step
    for (int half = 0; half < 2; ++half) {
        a_at[half] = shared + uint32_t(warp_row * row_bytes + swapped(a_row(lane), a_chunk(lane) + 2 * half));
        b_at[half] = shared + uint32_t(T::x_bytes + warp_output * row_bytes + swapped(b_row(lane), b_chunk(lane) + 2 * half));
    }
    constexpr int row_tiles = T::warp_rows / 16;
    float sums[row_tiles][4][4] = {};

#pragma unroll 1
    for (int step = 0; step < T::stages - 1; ++step) {
        if (step < steps) load_step();
        cp_async_commit();
    }
    int stage = 0;
    for (int step = 0; step < steps; ++step) {
        cp_async_wait<T::stages - 2>();
        __syncthreads();  // this step is there, and nobody reads the one before any more
        if (step + T::stages - 1 < steps) load_step();
        cp_async_commit();
#pragma unroll
        for (int half = 0; half < 2; ++half) {
            uint32_t b[2][4], a[row_tiles][4];
            for (int i = 0; i < 2; ++i) ldmatrix_x4(b[i], b_at[half] + uint32_t(16 * i * row_bytes));
            for (int r = 0; r < row_tiles; ++r) ldmatrix_x4(a[r], a_at[half] + uint32_t(16 * r * row_bytes));
            for (int r = 0; r < row_tiles; ++r) {
                for (int i = 0; i < 2; ++i) {
                    mma_m16n8k16_bf16(sums[r][2 * i], a[r], b[i][0], b[i][1]);
                    mma_m16n8k16_bf16(sums[r][2 * i + 1], a[r], b[i][2], b[i][3]);
                }
            }
        }
        const uint32_t next = T::next(stage);
        for (int half = 0; half < 2; ++half) a_at[half] += next, b_at[half] += next;
        stage = (stage + 1) % T::stages;
    }
    cp_async_wait<0>();
    __syncthreads();

    // Out by way of shared memory, 16 rows x 32 outputs of a warp at a time, so that memory is read and written 16 bytes a thread.
    const uint32_t own = shared + uint32_t(warp * 16 * T::epilogue_pitch * 4);
#pragma unroll
    for (int r = 0; r < row_tiles; ++r) {
        __syncwarp();
        for (int t = 0; t < 4; ++t) {
            for (int i = 0; i < 2; ++i) {
                const int at = (fragment_row(lane) + 8 * i) * T::epilogue_pitch + 8 * t + fragment_column(lane);
                st_shared(own + uint32_t(at * 4), make_float2(sums[r][t][2 * i], sums[r][t][2 * i + 1]));
            }
        }
        __syncwarp();
#pragma unroll 1
        for (int i = 0; i < 2; ++i) {
            const int row = lane / 4 + 8 * i, k = first_output + warp_output + 8 * (lane & 3);
            const int64_t pixel = first_row + warp_row + 16 * r + row;
            if (pixel >= call.m || k >= call.k) continue;
            const uint32_t from = own + uint32_t((row * T::epilogue_pitch + 8 * (lane & 3)) * 4);
            const int64_t at = pixel * call.k + k;
            if (call.aligned_y) {
                float v[8];
                for (int j = 0; j < 2; ++j) {
                    const auto four = ld_shared<float4>(from + uint32_t(16 * j));
                    v[4 * j] = four.x, v[4 * j + 1] = four.y, v[4 * j + 2] = four.z, v[4 * j + 3] = four.w;
                }
                finish(call, v, k, at);
            } else {
#pragma unroll 1
                for (int j = 0; j < min(call.k - k, 8); ++j) finish(call, ld_shared<float>(from + uint32_t(4 * j)), k + j, at + j);
            }
        }
    }
}

constexpr int rows_of_block = 16, outputs_of_block = 16, most_warps = 8;

// Warps that divide the channels of linear_forward_rows: 64 or more each.
constexpr int warps_of(int channels) { return std::clamp(steps_of(channels) / 2, 1, most_warps); }

// A lane's 8 neighbouring channels of a row: with them it holds both halves of two links of the product, since what is channel 8c + 2s is a matter between x and w alone.
LGV_DEVICE uint4 row_chunk(const bf16* row, int channel, const Call& call) {
    if (row == nullptr || channel >= call.c) return make_uint4(0, 0, 0, 0);
    if (call.aligned_x) return ld_global_nc(reinterpret_cast<const uint4*>(row + channel));
    return gather_chunk(row + channel, call.c - channel);
}

__global__ void LGV_BLOCK_OF(32 * most_warps) linear_forward_rows(Call call) {
    LGV_SHARED(partial, float[most_warps][rows_of_block][outputs_of_block + 8]);  // 8 more: rows of a fragment fall into different banks
    const int lane = int(threadIdx.x) & 31, warp = int(threadIdx.x) >> 5, warps = int(blockDim.x) >> 5;
    const int output_tiles = (call.k + outputs_of_block - 1) / outputs_of_block;
    const int64_t first_row = int64_t(blockIdx.x / unsigned(output_tiles)) * rows_of_block;
    const int first_output = int(blockIdx.x % unsigned(output_tiles)) * outputs_of_block;
    const int steps = steps_of(call.c), row_channels = steps * step_channels;

    const int64_t row = first_row + fragment_row(lane);
    const bf16* low = row < call.m ? call.x + row * call.c : nullptr;
    const bf16* high = row + 8 < call.m ? call.x + (row + 8) * call.c : nullptr;
    const bf16* weight = reinterpret_cast<const bf16*>(call.weight) + int64_t(first_output + fragment_row(lane)) * row_channels;
    float sums[2][4] = {};
#pragma unroll 4
    for (int step = warp; step < steps; step += warps) {
        const int channel = step * step_channels + 4 * fragment_column(lane);
        const uint4 x0 = row_chunk(low, channel, call), x1 = row_chunk(high, channel, call);
        const uint32_t a[2][4] = {{x0.x, x1.x, x0.y, x1.y}, {x0.z, x1.z, x0.w, x1.w}};
        for (int t = 0; t < 2; ++t) {
            const uint4 w = ld_global_nc(reinterpret_cast<const uint4*>(weight + int64_t(8 * t) * row_channels + channel));
            mma_m16n8k16_bf16(sums[t], a[0], w.x, w.y);
            mma_m16n8k16_bf16(sums[t], a[1], w.z, w.w);
        }
    }
    for (int t = 0; t < 2; ++t) {
        for (int i = 0; i < 2; ++i) {
            st_shared(shared_address(&partial[warp][fragment_row(lane) + 8 * i][8 * t + fragment_column(lane)]), make_float2(sums[t][2 * i], sums[t][2 * i + 1]));
        }
    }
    __syncthreads();
    for (int i = int(threadIdx.x); i < rows_of_block * outputs_of_block; i += int(blockDim.x)) {
        const int r = i / outputs_of_block, column = i % outputs_of_block, k = first_output + column;
        if (first_row + r >= call.m || k >= call.k) continue;
        float sum = partial[0][r][column];
        for (int part = 1; part < warps; ++part) sum += partial[part][r][column];
        const int64_t at = (first_row + r) * call.k + k;
        finish(call, sum, k, at);
    }
}

constexpr int oracle_tile = 16;

__global__ void LGV_BLOCK_OF(oracle_tile* oracle_tile) linear_forward_f32(const float* x, const float* w, const float* bias, const float* residual, float* y, int64_t m, int c, int k,
                                                                              Activation act, float scale) {
    LGV_SHARED(xs, float[oracle_tile][oracle_tile]);
    LGV_SHARED(ws, float[oracle_tile][oracle_tile + 1]);
    const int i = int(threadIdx.x) / oracle_tile, j = int(threadIdx.x) % oracle_tile;
    const int output_tiles = (k + oracle_tile - 1) / oracle_tile;
    const int64_t row = int64_t(blockIdx.x / unsigned(output_tiles)) * oracle_tile + i;
    const int first_output = int(blockIdx.x % unsigned(output_tiles)) * oracle_tile, output = first_output + j;
    float sum = 0;
    for (int first = 0; first < c; first += oracle_tile) {
        xs[i][j] = row < m && first + j < c ? load(x + row * c + first + j) : 0;
        ws[i][j] = first_output + i < k && first + j < c ? load(w + int64_t(first_output + i) * c + first + j) : 0;
        __syncthreads();
        for (int n = 0; n < oracle_tile; ++n) sum = fused(xs[i][n], ws[j][n], sum);
        __syncthreads();
    }
    if (row >= m || output >= k) return;
    const int64_t at = row * k + output;
    float v[1] = {sum};
    if (bias != nullptr) v[0] += load(bias + output);
    if (residual != nullptr) v[0] += load(residual + at);
    activate(act, v);
    store(y + at, scale * v[0]);
}

bf16* packed_place(std::byte* out, int steps, int64_t k, int c) {
    const int64_t panel = k / panel_outputs * steps + c / step_channels;
    return reinterpret_cast<bf16*>(out + panel * panel_bytes + swapped(int(k % panel_outputs), c % step_channels / 8)) + c % 8;
}

using Tile64x64 = Tile<64, 64, 32>;
using Tile128x64 = Tile<128, 64, 64>;
using Tile128x128 = Tile<128, 128, 64>;

LinearForm form_of(int64_t pixels, int64_t outputs) {
    if (pixels < rows_of_block) return LinearForm::rows;
    if (pixels < 256) return LinearForm::tile_64x64;
    const int64_t unused = (outputs + 127) / 128 * 128 - outputs;  // of the last tile, were it 128 wide
    return unused >= 64 || outputs <= 64 ? LinearForm::tile_128x64 : LinearForm::tile_128x128;
}

// As the CPU form: [K, C], or [K, C, 1, 1] where a checkpoint writes it as a 1x1 convolution.
void check_weight(const Linear& op, int64_t in_channels, const CudaWeights& weights) {
    std::vector<int64_t> shape = weights.shape(op.weight);
    const int64_t k = op.out_channels;
    const std::string found = to_text(shape);
    while (shape.size() > 2 && shape.back() == 1) shape.pop_back();
    expect(shape == std::vector<int64_t>{k, in_channels}, Code::model, "linear: the weight is ", found, ", expected [", k, ", ", in_channels, "]");
    if (op.bias) {
        expect(weights.shape(op.bias) == std::vector<int64_t>{k}, Code::model, "linear: the bias is ", to_text(weights.shape(op.bias)), ", expected [", k, "]");
    }
}

}  // namespace

CudaLinear lower(const Linear& op, Value out, const Shapes& shapes, const CudaTypes& types, CudaWeights& weights, const CudaTarget& target) {
    const Shape& x = shapes[op.x];
    const CudaType type = types[out];
    expect(types[op.x] == type && (!op.residual || types[op.residual] == type) && type != CudaType::i32, Code::unsupported, "linear: x is ", name_of(types[op.x]), ", y is ",
           name_of(type), op.residual ? text(", the residual ", name_of(types[op.residual])) : "", "; all must be bfloat16, or float32");
    check_weight(op, x.c, weights);
    const int k = op.out_channels, c = int(x.c), steps = steps_of(c);
    CudaLinear lowered{.op = op, .out = out, .pixels = x.h * x.w, .in_channels = c};
    if (op.bias) lowered.bias = weights.plain(op.bias);
    if (type == CudaType::f32) {
        lowered.weight = reinterpret_cast<const std::byte*>(weights.plain(op.weight));
        return lowered;
    }
    expect(Tile128x128::shared_bytes <= target.shared_bytes, Code::unsupported, "linear: it needs ", Tile128x128::shared_bytes, " bytes of shared memory, a block has ", target.shared_bytes);
    lowered.form = form_of(lowered.pixels, k);
    if (lowered.form == LinearForm::rows) {
        const int64_t rows = (k + outputs_of_block - 1) / outputs_of_block * outputs_of_block, row = steps * step_channels;
        lowered.weight = weights.packed(op.weight, "linear rows bfloat16", rows * row * 2, [k, c, row](std::span<const float> values, std::byte* to) {
            for (int64_t i = 0; i < k; ++i) {
                for (int j = 0; j < c; ++j) reinterpret_cast<bf16*>(to)[i * row + j] = to_bf16(values[size_t(i * c + j)]);
            }
        });
    } else {
        const int64_t panels = (k + 2 * panel_outputs - 1) / (2 * panel_outputs) * 2 * steps;  // pairs of them, for tiles of two
        lowered.weight = weights.packed(op.weight, text("linear ", panel_outputs, "x", step_channels, " bfloat16"), panels * panel_bytes,
                                        [k, c, steps](std::span<const float> values, std::byte* to) {
                                            for (int64_t i = 0; i < k; ++i) {
                                                for (int j = 0; j < c; ++j) *packed_place(to, steps, i, j) = to_bf16(values[size_t(i * c + j)]);
                                            }
                                        });
    }
    return lowered;
}

CudaNeeds needs(const CudaLinear&) { return {}; }

std::string algorithm(const CudaLinear& op) {
    switch (op.form) {
        case LinearForm::f32: return "float32";
        case LinearForm::rows: return text("mma rows, ", warps_of(op.in_channels), " parts of C");
        case LinearForm::tile_64x64: return "mma 64x64";
        case LinearForm::tile_128x64: return "mma 128x64";
        case LinearForm::tile_128x128: return "mma 128x128";
    }
    return "?";
}

namespace {

struct LinearTile {
    int rows, outputs;  // of a block
    CudaGrid grid;      // for one block; of as many as it takes, by grid_of
};

LinearTile tile_of(const CudaLinear& op) {
    const auto as = [](auto tile) {
        using T = decltype(tile);
        return LinearTile{T::rows, T::outputs, {1, T::threads, T::shared_bytes}};
    };
    switch (op.form) {
        case LinearForm::f32: break;
        case LinearForm::rows: return {rows_of_block, outputs_of_block, {1, 32 * warps_of(op.in_channels), 0}};
        case LinearForm::tile_64x64: return as(Tile64x64{});
        case LinearForm::tile_128x64: return as(Tile128x64{});
        case LinearForm::tile_128x128: return as(Tile128x128{});
    }
    return {oracle_tile, oracle_tile, {1, oracle_tile * oracle_tile, 0}};
}

CudaGrid grid_of(const CudaLinear& op, int64_t rows) {
    const LinearTile tile = tile_of(op);
    const int64_t m = rows * op.pixels, k = op.op.out_channels, blocks = (m + tile.rows - 1) / tile.rows * ((k + tile.outputs - 1) / tile.outputs);
    expect(blocks < int64_t{1} << 31, Code::argument, "linear: ", m, " pixels x ", k, " outputs are ", blocks, " blocks, a GPU takes 2^31 - 1 at once");
    return {blocks, tile.grid.threads, tile.grid.shared_bytes};
}

}  // namespace

std::vector<CudaCost> cost(const CudaLinear& op, int64_t rows) {
    const LinearTile tile = tile_of(op);
    const CudaGrid grid = grid_of(op, rows);
    const int64_t m = rows * op.pixels, c = op.in_channels, k = op.op.out_channels, steps = steps_of(op.in_channels), element = op.form == LinearForm::f32 ? 4 : 2;
    const int64_t output_tiles = (k + tile.outputs - 1) / tile.outputs, row_tiles = grid.blocks / output_tiles, x = m * c * element, y = m * k * element;
    const int64_t residual = op.op.residual ? y : 0, weight = op.form == LinearForm::f32 ? k * c * 4 : output_tiles * tile.outputs * steps * row_bytes;
    CudaCost cost{.kernel = "linear_forward_mma",
                  .grid = grid,
                  .flops = 2 * m * k * c,
                  .specials = specials_of(op.op.act) * m * k,
                  .bytes_read = x + weight + residual + (op.op.bias ? k * 4 : 0),
                  .bytes_written = y,
                  .l2_bytes = output_tiles * x + row_tiles * weight + residual + y};
    switch (op.form) {
        case LinearForm::f32:
            cost.kernel = "linear_forward_f32";
            cost.registers = 40;
            cost.static_bytes = 2176;
            cost.waits = 1 + (c + oracle_tile - 1) / oracle_tile;
            break;
        case LinearForm::rows:
            cost.kernel = "linear_forward_rows";
            cost.registers = 56;
            cost.static_bytes = most_warps * rows_of_block * (outputs_of_block + 8) * 4;
            cost.matrix_instructions = grid.blocks * steps * 4;
            cost.waits = 2 + steps / warps_of(op.in_channels) / 4;  // four steps' loads are under way
            break;
        case LinearForm::tile_64x64:
        case LinearForm::tile_128x64:
        case LinearForm::tile_128x128:
            cost.registers = op.form == LinearForm::tile_64x64 ? 88 : 120;
            cost.matrix_instructions = grid.blocks * steps * 2 * (tile.rows / 16) * (tile.outputs / 8);
            cost.waits = 2 + steps / 3;  // three of a ring's stages are under way
            break;
    }
    return {cost};
}

void run(const CudaLinear& op, const CudaLaunch& launch) {
    const int64_t m = launch.rows * op.pixels;
    const int k = op.op.out_channels, c = op.in_channels;
    const CudaGrid size = grid_of(op, launch.rows);
    const dim3 grid(unsigned(size.blocks)), block(unsigned(size.threads));
    if (op.form == LinearForm::f32) {
        lgv::launch(linear_forward_f32, grid, block, 0, launch.stream, launch.at<float>(op.op.x), reinterpret_cast<const float*>(op.weight), op.bias,
                    launch.at<float>(op.op.residual), launch.at<float>(op.out), m, c, k, op.op.act, op.op.scale);
        return;
    }
    const Call call{.x = launch.at<bf16>(op.op.x), .residual = launch.at<bf16>(op.op.residual), .weight = op.weight, .bias = op.bias, .y = launch.at<bf16>(op.out),
                    .m = m, .c = c, .k = k, .scale = op.op.scale, .act = op.op.act, .aligned_x = c % 8 == 0, .aligned_y = k % 8 == 0};
    const auto run_tiles = [&]<class T>(T) { lgv::launch(linear_forward_mma<T>, grid, block, size.shared_bytes, launch.stream, call); };
    switch (op.form) {
        case LinearForm::f32: break;
        case LinearForm::rows: lgv::launch(linear_forward_rows, grid, block, 0, launch.stream, call); break;
        case LinearForm::tile_64x64: run_tiles(Tile64x64{}); break;
        case LinearForm::tile_128x64: run_tiles(Tile128x64{}); break;
        case LinearForm::tile_128x128: run_tiles(Tile128x128{}); break;
    }
}

}  // namespace lgv
