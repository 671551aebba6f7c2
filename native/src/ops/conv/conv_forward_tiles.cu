// The convolution as a matrix product that is never stored: rows are output pixels, columns output channels, the sum runs over [source][r][s][channels].
//
//   x, x2: [N, H, W, C] bfloat16 (x alone may be float32)   weight: [steps][K][32] bfloat16, 32 products of a sum at a time, zeros behind the last
//   y: [N, H', W', K] bfloat16 or float32   sums, bias, scale and statistics: float32
//   fused: the second source, nearest upsampling, stride and padding into the addresses; a x + b and silu into the loading of x; bias, time row, residual,
//   scale and the statistics of y into the end
//
// A block computes `rows` pixels times `columns` channels. An image begins at a power of two of rows (16 at least), so that a tile of a small image holds several
// of them, and no part of the statistics depends on what else is in the batch. Each sum is added up by one warp, 16 products an instruction, in the order above.
//
// 2 N H' W' K C R^2 flops. Bound by the matrix units from about 64 input channels on. A warp multiplies 64x64 of a 128x128 tile (32x32 of the small ones):
// of what a step moves through shared memory (128 + 128 rows of 64 bytes, written once, read twice) the matrix units' time covers all on sm_80 and about all on
// sm_90, where this is not the main path. Every x is fetched from L2, and normed, once for each tap and column tile: for 3x3 that is about the matrix units' own
// time in exponentials, so that conv_forward_patches.cu takes what it can. Counted: no bank conflict and whole sectors in the loop; 2-way where sums are read back.
#include "base/error.h"
#include "ops/conv/conv_forward_tile.cuh"

namespace lgv {

namespace {

// How x gets to shared memory: 16 bytes at a time by cp.async; through registers, where it is normed; or element by element, whatever its type, its channels
// and its norm are.
enum class ConvSource { copied, normed, any };

// Which image and pixel a row of the block's tile is. A tile of more than 64 rows holds pixels of one image alone.
template <int Rows>
struct ConvRows {
    static constexpr bool one_image = Rows > 64;
    int64_t first_image;
    int first_pixel, slot_bits;

    LGV_DEVICE ConvRows(const ConvArguments& p, unsigned tile) : slot_bits(p.slot_bits) {
        if (one_image || 1 << slot_bits == Rows) {
            first_image = tile / unsigned(p.tiles_of_image);
            first_pixel = int(tile - unsigned(first_image) * unsigned(p.tiles_of_image)) * Rows;
        } else {
            first_image = int64_t(tile) * (Rows >> slot_bits);
            first_pixel = 0;
        }
    }
    LGV_DEVICE int64_t image(int row) const { return one_image ? first_image : first_image + (row >> slot_bits); }
    LGV_DEVICE int pixel(int row) const { return first_pixel + (one_image ? row : row & ((1 << slot_bits) - 1)); }
    LGV_DEVICE bool is_there(const ConvArguments& p, int row) const { return image(row) < p.images && pixel(row) < p.pixels; }
};

// One thread's share of x: one pack of 8 channels of `Count` rows, for one step after the other. Nothing is divided here but at
// the start.
template <int Rows, int Count, ConvSource Source>
struct ConvLoader {
    static constexpr int apart = Rows / Count, images = ConvRows<Rows>::one_image ? 1 : Count;
    const ConvArguments& p;
    int channel, tap_x, tap_y;       // of the next step
    int channels, end, of_second;    // of its source; `end` whole packs
    unsigned height, width;          // of what the taps see, 0 behind the last product
    uint32_t to;                     // in a stage, of the first row
    int y[Count], x[Count], image[images];
    const char* base[images];         // of the rows' images, in the source
    uint4 held[Count];
    int held_channel;  // of [x, x2]
    unsigned held_there;

    LGV_DEVICE ConvLoader(const ConvArguments& arguments, const ConvRows<Rows>& rows, int first_step, int tid) : p(arguments) {
        const int row = tid >> 2;
        to = swizzled(row, tid & 3);
#pragma unroll
        for (int i = 0; i < Count; ++i) {
            const int r = row + i * apart, pixel = rows.pixel(r), out_y = pixel / p.out_width;
            const bool there = rows.is_there(p, r);
            if (i < images) image[i] = int(min(rows.image(r), p.images - 1));
            y[i] = there ? out_y * p.stride - p.top : -(1 << 24);  // never inside
            x[i] = there ? (pixel - out_y * p.out_width) * p.stride - p.left : 0;
        }
        const int taps = p.kernel * p.kernel, packs1 = (p.c1 + 7) >> 3, packs2 = (p.c2 + 7) >> 3;
        int pack = first_step * 4 + (tid & 3);
        height = unsigned(p.height << p.zoom), width = unsigned(p.width << p.zoom);
        const bool second = pack >= taps * packs1;
        choose(second && packs2 > 0);
        if (second) pack -= taps * packs1;
        const int packs = end >> 3, tap = pack / packs;
        channel = (pack - tap * packs) * 8;
        tap_y = tap / p.kernel, tap_x = tap - tap_y * p.kernel;
        if ((second && packs2 == 0) || tap >= taps) finish();
    }

    LGV_DEVICE void choose(bool second) {
        of_second = second;
        channels = second ? p.c2 : p.c1;
        end = (channels + 7) & ~7;
        const char* source = static_cast<const char*>(second ? p.x2 : p.x);
        const int64_t bytes = int64_t(p.height) * p.width * channels * (Source == ConvSource::any && p.x_is_float ? 4 : 2);
#pragma unroll
        for (int i = 0; i < images; ++i) base[i] = source + image[i] * bytes;
    }

    LGV_DEVICE static constexpr int of_row(int i) { return images == 1 ? 0 : i; }

    LGV_DEVICE void finish() { height = 0, channel = 0, tap_x = tap_y = 0, end = 0x7fffffff; }

    LGV_DEVICE void advance() {
        if (end == 0x7fffffff) return;
        channel += conv_step;
        while (channel >= end) {
            channel -= end;
            if (++tap_x < p.kernel) continue;
            tap_x = 0;
            if (++tap_y < p.kernel) continue;
            tap_y = 0;
            if (of_second || p.c2 == 0) return finish();
            choose(true);
        }
    }

    // One pack, element by element.
    LGV_DEVICE uint4 gather(const char* at, int i) const {
        float v[8];
#pragma unroll
        for (int j = 0; j < 8; ++j) {
            v[j] = 0;
            if (channel + j >= channels) continue;
            v[j] = load_as(at, j, p.x_is_float);
            if (p.factors == nullptr) continue;
            const float2 factors = ld_global_nc(factors_of(p, image[of_row(i)], channel + j + (of_second ? p.c1 : 0)));
            v[j] = normed(v[j], factors.x, factors.y, p.silu);
        }
        return make_uint4(pack_bf16(v[0], v[1]), pack_bf16(v[2], v[3]), pack_bf16(v[4], v[5]), pack_bf16(v[6], v[7]));
    }

    // Begins to bring the next step's packs to the stage.
    LGV_DEVICE void fetch(uint32_t stage) {
        held_there = 0;
#pragma unroll
        for (int i = 0; i < Count; ++i) {
            const int row = y[i] + tap_y, column = x[i] + tap_x;
            const bool there = unsigned(row) < height && unsigned(column) < width;
            const int offset = there ? ((row >> p.zoom) * p.width + (column >> p.zoom)) * channels + channel : 0;
            if constexpr (Source == ConvSource::copied) {
                cp_async16(stage + to + uint32_t(i * apart * conv_row_bytes), base[of_row(i)] + 2 * int64_t(offset), there ? 16 : 0);
            } else if constexpr (Source == ConvSource::normed) {
                held[i] = there ? ld_global_nc(reinterpret_cast<const uint4*>(base[of_row(i)] + 2 * int64_t(offset))) : make_uint4(0, 0, 0, 0);
                held_there |= unsigned(there) << i;
            } else {
                held[i] = there ? gather(base[of_row(i)] + int64_t(offset) * (p.x_is_float ? 4 : 2), i) : make_uint4(0, 0, 0, 0);
            }
        }
        held_channel = channel + (of_second ? p.c1 : 0);
        advance();
    }

    // Brings there what fetch() has left in registers.
    LGV_DEVICE void deliver(uint32_t stage) {
        if constexpr (Source == ConvSource::normed) {
            if (held_there != 0) {
                if (p.silu) {
                    norm<true>();
                } else {
                    norm<false>();
                }
            }
        }
        if constexpr (Source != ConvSource::copied) {
#pragma unroll
            for (int i = 0; i < Count; ++i) st_shared(stage + to + uint32_t(i * apart * conv_row_bytes), held[i]);
        }
    }

    // Two channels of all the packs at a time: their factors are loaded once where all rows are of one image.
    template <bool Silu>
    LGV_DEVICE void norm() {
#pragma unroll
        for (int two = 0; two < 4; ++two) {
            float4 factors;
#pragma unroll
            for (int i = 0; i < Count; ++i) {
                if (i < images) factors = ld_global_nc(reinterpret_cast<const float4*>(factors_of(p, image[i], held_channel)) + two);
                uint32_t& word = two == 0 ? held[i].x : two == 1 ? held[i].y : two == 2 ? held[i].z : held[i].w;
                word = held_there >> i & 1 ? normed_two<Silu>(word, factors) : 0;
            }
        }
    }
};

// A warp's products of one stage.
template <class Tile>
LGV_DEVICE void multiply_stage(uint32_t stage, int warp_row, int warp_column, int lane, ConvSums<Tile>& sums) {
    constexpr int down = Tile::warp_rows / 16, across = Tile::warp_columns / 16;
    const int a_row = warp_row + (lane & 15), b_row = warp_column + ((lane >> 4) << 3) + (lane & 7);
#pragma unroll
    for (int half = 0; half < 2; ++half) {
        const uint32_t a_at = stage + swizzled(a_row, half * 2 + (lane >> 4));
        const uint32_t b_at = stage + Tile::rows * conv_row_bytes + swizzled(b_row, half * 2 + (lane >> 3 & 1));
        uint32_t a[down][4], b[across][4];
#pragma unroll
        for (int i = 0; i < down; ++i) ldmatrix_x4(a[i], a_at + uint32_t(i * 16 * conv_row_bytes));
#pragma unroll
        for (int j = 0; j < across; ++j) ldmatrix_x4(b[j], b_at + uint32_t(j * 16 * conv_row_bytes));
#pragma unroll
        for (int i = 0; i < down; ++i)
#pragma unroll
            for (int j = 0; j < 2 * across; ++j) mma_m16n8k16_bf16(sums[i][j], a[i], b[j / 2][j % 2 * 2], b[j / 2][j % 2 * 2 + 1]);
    }
}

// Mean and squared deviations of each part of the tile, one column a thread, row after row.
template <class Tile>
LGV_DEVICE void write_statistics(const ConvArguments& p, const ConvRows<Tile::rows>& rows, int first_column, uint32_t shared) {
    const int parts = (p.pixels + p.part_rows - 1) / p.part_rows;
    for (int i = int(threadIdx.x); i < Tile::columns * (Tile::rows / p.part_rows); i += Tile::threads) {
        const int row = i / Tile::columns * p.part_rows, column = i % Tile::columns, k = first_column + column;
        if (!rows.is_there(p, row) || k >= p.k) continue;
        const int pixel = rows.pixel(row), left = p.pixels - pixel, count = left < p.part_rows ? left : p.part_rows;
        const uint32_t at = shared + uint32_t((row * Tile::pitch + column) * 4);
        float* to = p.statistics + ((rows.image(row) * parts + pixel / p.part_rows) * p.k + k) * 2;
        store_moments(to, count, [&](int r) { return ld_shared<float>(at + uint32_t(r * Tile::pitch * 4)); });
    }
}

template <class Tile, ConvSource Source>
__global__ void LGV_BLOCK_OF(Tile::threads) conv_forward_tiles(const __grid_constant__ ConvArguments p) {
    const uint32_t shared = shared_address(dynamic_shared());
    const int tid = int(threadIdx.x), lane = tid & 31, warp = tid >> 5;
    const int warp_row = warp % Tile::warps_down * Tile::warp_rows, warp_column = warp / Tile::warps_down * Tile::warp_columns;
    const unsigned row_tile = blockIdx.x / unsigned(p.column_tiles);
    const int first_column = int(blockIdx.x - row_tile * unsigned(p.column_tiles)) * Tile::columns;
    const ConvRows<Tile::rows> rows(p, row_tile);
    const int first_step = int(int64_t(p.steps) * blockIdx.y / p.splits), steps = int(int64_t(p.steps) * (blockIdx.y + 1) / p.splits) - first_step;

    ConvLoader<Tile::rows, Tile::rows * 4 / Tile::threads, Source> loader(p, rows, first_step, tid);
    constexpr int weight_packs = Tile::columns * 4 / Tile::threads, weight_apart = Tile::threads / 4;
    const int weight_row = first_column + (tid >> 2);
    const char* weight = static_cast<const char*>(p.weight) + (int64_t(first_step) * p.k + weight_row) * conv_row_bytes + (tid & 3) * 16;
    const uint32_t weight_to = Tile::rows * conv_row_bytes + swizzled(tid >> 2, tid & 3);
    const auto fetch = [&](uint32_t stage) {
        loader.fetch(stage);
#pragma unroll
        for (int i = 0; i < weight_packs; ++i) {
            const bool there = weight_row + i * weight_apart < p.k;
            cp_async16(stage + weight_to + uint32_t(i * weight_apart * conv_row_bytes), there ? weight + i * weight_apart * conv_row_bytes : p.weight, there ? 16 : 0);
        }
        weight += int64_t(p.k) * conv_row_bytes;
    };

    ConvSums<Tile> sums;
    clear<Tile>(sums);

#pragma unroll
    for (int s = 0; s < conv_stages - 1; ++s) {
        if (s < steps) {
            fetch(shared + s * Tile::stage_bytes);
            loader.deliver(shared + s * Tile::stage_bytes);
        }
        cp_async_commit();
    }
    uint32_t reading = shared, writing = shared + (conv_stages - 1) * Tile::stage_bytes;
    const uint32_t ring_end = shared + conv_stages * Tile::stage_bytes;
    for (int step = 0; step < steps; ++step) {
        cp_async_wait<conv_stages - 2>();
        __syncthreads();  // the stage to be read is there for all, and all have read the stage to be written
        const bool more = step + conv_stages - 1 < steps;
        if (more) fetch(writing);
        cp_async_commit();
        multiply_stage<Tile>(reading, warp_row, warp_column, lane, sums);
        if (more) loader.deliver(writing);
        reading = reading + Tile::stage_bytes == ring_end ? shared : reading + Tile::stage_bytes;
        writing = writing + Tile::stage_bytes == ring_end ? shared : writing + Tile::stage_bytes;
    }
    cp_async_wait<0>();
    __syncthreads();  // the ring becomes the tile of sums

    put_down<Tile>(sums, shared, warp_row, warp_column, lane);
    __syncthreads();

    store_rows<Tile>(p, shared, first_column, [&](int row) { return rows.is_there(p, row) ? ConvPixel{rows.image(row), rows.pixel(row)} : ConvPixel{-1, 0}; });
    if (p.statistics == nullptr) return;
    __syncthreads();
    write_statistics<Tile>(p, rows, first_column, shared);
}

// Rows of a tile that an image begins at: a power of two, 16 at least.
int slot_of(const ConvArguments& p, CudaConvTile tile) {
    int slot = 16;
    while (slot < p.pixels && slot < tile.rows) slot *= 2;
    expect(slot == tile.rows || tile.rows <= 64, Code::fault, "conv2d: a tile of ", tile.rows, " rows for an image of ", p.pixels, " pixels");
    return slot;
}

template <class Tile>
void run_as(ConvArguments p, const CudaGrid& grid, Stream stream) {
    const int slot = slot_of(p, {Tile::rows, Tile::columns});
    while (1 << p.slot_bits < slot) ++p.slot_bits;
    p.tiles_of_image = (p.pixels + slot - 1) / slot;
    p.column_tiles = (p.k + Tile::columns - 1) / Tile::columns;
    const bool in_packs = p.c1 % conv_pack == 0 && p.c2 % conv_pack == 0 && !p.x_is_float;
    const auto kernel = !in_packs              ? conv_forward_tiles<Tile, ConvSource::any>
                        : p.factors != nullptr ? conv_forward_tiles<Tile, ConvSource::normed>
                                              : conv_forward_tiles<Tile, ConvSource::copied>;
    launch(kernel, dim3(unsigned(grid.blocks / p.splits), unsigned(p.splits)), dim3(unsigned(grid.threads)), grid.shared_bytes, stream, p);
}

// use(the tile's shape).
template <class Use>
auto with_tile(CudaConvTile tile, const Use& use) {
    if (tile.rows == 128 && tile.columns == 128) return use(ConvShape<128, 128, 64, 64>{});
    if (tile.rows == 128 && tile.columns == 64) return use(ConvShape<128, 64, 64, 32>{});
    if (tile.rows == 128 && tile.columns == 32) return use(ConvShape<128, 32, 32, 32>{});
    if (tile.rows == 64 && tile.columns == 64) return use(ConvShape<64, 64, 32, 32>{});
    fail(Code::fault, "conv2d: no kernel for a tile of ", tile.rows, "x", tile.columns);
}

}  // namespace

CudaGrid conv_tiles_grid(const ConvArguments& p, CudaConvTile tile) {
    const int slot = slot_of(p, tile);
    const int64_t of_tile = tile.rows / slot, row_tiles = slot == tile.rows ? p.images * ((p.pixels + slot - 1) / slot) : (p.images + of_tile - 1) / of_tile;
    const int64_t blocks = row_tiles * ((p.k + tile.columns - 1) / tile.columns);
    expect(blocks < int64_t{1} << 31, Code::unsupported, "conv2d: ", p.images, " images of ", p.pixels, " pixels are ", blocks, " blocks, more than 2^31");
    return with_tile(tile, [&](auto shape) { return CudaGrid{blocks * p.splits, decltype(shape)::threads, decltype(shape)::shared_bytes()}; });
}

void run_conv_tiles(const ConvArguments& p, CudaConvTile tile, Stream stream) {
    with_tile(tile, [&](auto shape) { run_as<decltype(shape)>(p, conv_tiles_grid(p, tile), stream); });
}

}  // namespace lgv
