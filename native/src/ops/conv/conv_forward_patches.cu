// The convolution of larger images as a matrix product whose rows are a square of output pixels: x comes to shared memory once for all taps.
//
//   x, x2: [N, H, W, C] bfloat16, C in whole 32s   weight: as conv_forward_tiles.cu has it   y: [N, H', W', K] bfloat16 or float32   stride 1, 2x2 taps and more
//   sums, bias, scale and statistics: float32; a sum's order is [source][32 channels][r][s]
//   fused: all that conv.cuda.h names. Statistics are of tiles of 4 x 16 pixels
//
// A block computes 8 x 16 pixels of an image times `columns` channels. Of 32 channels at a time it copies the patch of x behind its pixels, rim included, to shared
// memory (cp.async, while the patch before is multiplied), norms it there once, a few packs at each tap, and multiplies it tap by tap: a tap is an offset of the
// addresses that matrices are loaded from. Weights go through a ring of stages, a tap each.
//
// 2 N H' W' K C R^2 flops, bound by the matrix units. Beside tiles' 9 fetches of every x from L2 for 3x3 this makes 1.4, and writes 73 KB instead of 144 KB of
// shared memory for 32 channels (128 columns); a norm costs 1.4 instead of 9 exponentials for every x and column tile: about a quarter of the matrix units' time.
// Counted: no bank conflict and whole sectors in the loop, 2-way where sums are read back.
#include "base/error.h"
#include "ops/conv/conv_forward_tile.cuh"

namespace lgv {

namespace {

template <int Columns, int WarpColumns>
struct PatchShape : ConvShape<few_outputs_width * few_outputs_height, Columns, 64, WarpColumns> {
    static constexpr uint32_t weight_bytes = Columns * conv_row_bytes;  // of a stage
};

// One thread's share of a patch: a pack of 8 channels of every so many pixels.
template <int Threads>
struct PatchCopier {
    static constexpr int apart = Threads / 4;
    const ConvArguments& p;
    int first_x, first_y, width, pixels;  // of the patch, in pixels of x
    int64_t image;
    int slabs1;
    int pixel, x, y;   // of the next pack to be normed
    uint32_t norming;  // the patch it is in, and its channels
    int norm_channel;

    LGV_DEVICE static int chunk() { return int(threadIdx.x) & 3; }
    LGV_DEVICE static int first_pixel() { return int(threadIdx.x) >> 2; }
    LGV_DEVICE bool is_inside(int column, int row) const { return unsigned(row) < unsigned(p.height) && unsigned(column) < unsigned(p.width); }
    LGV_DEVICE void step(int& column, int& row) const {
        column += apart;
        while (column >= first_x + width) column -= width, ++row;
    }

    // Begins to copy slab `slab` of 32 channels.
    LGV_DEVICE void copy(int slab, uint32_t to) {
        const bool second = slab >= slabs1;
        const int channels = second ? p.c2 : p.c1, channel = (second ? slab - slabs1 : slab) * conv_step + chunk() * conv_pack;
        const bf16* from = static_cast<const bf16*>(second ? p.x2 : p.x) + image * p.height * p.width * channels + channel;
        int column = first_x + first_pixel() - apart, row = first_y;
        for (int i = first_pixel(); i < pixels; i += apart) {
            step(column, row);
            const bool inside = is_inside(column, row);
            cp_async16(to + swizzled(i, chunk()), inside ? from + int64_t(row * p.width + column) * channels : p.x, inside ? 16 : 0);
        }
        norming = to, norm_channel = channel + (second ? p.c1 : 0);
        pixel = first_pixel(), x = first_x + first_pixel() - apart, y = first_y;
    }

    // Norms the next `count` packs that this thread has copied, where they are. Those outside the image stay 0.
    template <bool Silu>
    LGV_DEVICE void norm(int count) {
        const float4* factors = reinterpret_cast<const float4*>(factors_of(p, image, norm_channel));
        for (; count > 0 && pixel < pixels; --count, pixel += apart) {
            step(x, y);
            if (!is_inside(x, y)) continue;
            const uint32_t at = norming + swizzled(pixel, chunk());
            const uint4 v = ld_shared<uint4>(at);
            st_shared(at, make_uint4(normed_two<Silu>(v.x, ld_global_nc(factors)), normed_two<Silu>(v.y, ld_global_nc(factors + 1)),
                                     normed_two<Silu>(v.z, ld_global_nc(factors + 2)), normed_two<Silu>(v.w, ld_global_nc(factors + 3))));
        }
    }
    LGV_DEVICE void norm(int count) {
        if (p.silu) {
            norm<true>(count);
        } else {
            norm<false>(count);
        }
    }
};

// Mean and squared deviations of each part of the tile, one column a thread, row after row.
template <class Tile>
LGV_DEVICE void write_statistics(const ConvArguments& p, int64_t image, int first_x, int first_y, int first_column, uint32_t shared) {
    constexpr int part_height = conv_patch_part_height, part_rows = part_height * few_outputs_width, tile_parts = Tile::rows / part_rows;
    const int out_height = p.pixels / p.out_width, across = (p.out_width + few_outputs_width - 1) / few_outputs_width;
    const int parts = across * ((out_height + part_height - 1) / part_height);
    for (int i = int(threadIdx.x); i < Tile::columns * tile_parts; i += Tile::threads) {
        const int part = i / Tile::columns, column = i % Tile::columns, k = first_column + column, y = first_y + part * part_height;
        if (y >= out_height || k >= p.k) continue;
        const int width = min(few_outputs_width, p.out_width - first_x), height = min(part_height, out_height - y);
        const uint32_t at = shared + uint32_t((part * part_rows * Tile::pitch + column) * 4);
        float* to = p.statistics + ((image * parts + y / part_height * across + first_x / few_outputs_width) * p.k + k) * 2;
        int row = 0, x = 0;  // of the next number
        store_moments(to, width * height, [&](int number) {
            if (number == 0) row = x = 0;
            const float v = ld_shared<float>(at + uint32_t((row * few_outputs_width + x) * Tile::pitch * 4));
            if (++x == width) x = 0, ++row;
            return v;
        });
    }
}

template <class Tile, bool Normed>
__global__ void LGV_BLOCK_OF(Tile::threads) conv_forward_patches(const __grid_constant__ ConvArguments p, const __grid_constant__ ConvPatch size) {
    const uint32_t shared = shared_address(dynamic_shared());
    const int tid = int(threadIdx.x), lane = tid & 31, warp = tid >> 5;
    const int warp_row = warp % Tile::warps_down * Tile::warp_rows, warp_column = warp / Tile::warps_down * Tile::warp_columns;
    const unsigned across = unsigned(p.out_width + few_outputs_width - 1) / few_outputs_width;
    const unsigned down = unsigned(p.pixels / p.out_width + few_outputs_height - 1) / few_outputs_height;
    const unsigned tile = blockIdx.x / unsigned(p.column_tiles), row_of_tiles = tile / across;
    const int first_column = int(blockIdx.x - tile * unsigned(p.column_tiles)) * Tile::columns;
    const int64_t image = row_of_tiles / down;
    const int first_x = int(tile - row_of_tiles * across) * few_outputs_width, first_y = int(row_of_tiles - unsigned(image) * down) * few_outputs_height;
    const int seen_x = first_x - p.left, seen_y = first_y - p.top;

    const uint32_t patches = shared + conv_stages * Tile::weight_bytes, patch_bytes = uint32_t(size.width * size.height * conv_row_bytes);
    const int slabs1 = p.c1 / conv_step, slabs = slabs1 + p.c2 / conv_step, taps = p.kernel * p.kernel, steps = slabs * taps;
    PatchCopier<Tile::threads> copier{p, seen_x >> p.zoom, seen_y >> p.zoom, size.width, size.width * size.height, image, slabs1, 0, 0, 0, 0, 0};

    // Weights lie [source][tap][slab]; the next step's are `next` bytes on, those of the next slab `next_slab` from the last tap's.
    constexpr int weight_packs = Tile::columns * 4 / Tile::threads, weight_apart = Tile::threads / 4;
    const int weight_row = first_column + (tid >> 2);
    const int64_t step_bytes = int64_t(p.k) * conv_row_bytes;
    const char* weight = static_cast<const char*>(p.weight) + int64_t(weight_row) * conv_row_bytes + (tid & 3) * 16;
    const uint32_t weight_to = swizzled(tid >> 2, tid & 3);
    int weight_tap = 0, weight_slab = 0;
    const auto fetch = [&](uint32_t stage) {
#pragma unroll
        for (int i = 0; i < weight_packs; ++i) {
            const bool there = weight_row + i * weight_apart < p.k;
            cp_async16(stage + weight_to + uint32_t(i * weight_apart * conv_row_bytes), there ? weight + i * weight_apart * conv_row_bytes : p.weight, there ? 16 : 0);
        }
        const int of_source = weight_slab < slabs1 ? slabs1 : slabs - slabs1;
        if (++weight_tap < taps) {
            weight += of_source * step_bytes;
        } else {  // the next slab's first tap: behind this one's first, or, of the next source, behind all
            weight_tap = 0, ++weight_slab;
            weight += weight_slab == slabs1 ? step_bytes : step_bytes - int64_t(taps - 1) * of_source * step_bytes;
        }
    };

    ConvSums<Tile> sums;
    clear<Tile>(sums);
    copier.copy(0, patches);
#pragma unroll
    for (int s = 0; s < conv_stages - 1; ++s) {
        if (s < steps) fetch(shared + s * Tile::weight_bytes);
        cp_async_commit();
    }
    if constexpr (Normed) {
        cp_async_wait<conv_stages - 2>();  // the patch came with the first stage
        copier.norm(copier.pixels);
    }
    // Copied at a slab's first tap, the next patch is there conv_stages - 1 taps later; the taps left share its norm.
    const int norm_taps = taps - (conv_stages - 1), norm_packs = ((copier.pixels + copier.apart - 1) / copier.apart + norm_taps - 1) / norm_taps;
    uint32_t reading = shared, writing = shared + (conv_stages - 1) * Tile::weight_bytes;
    int slab = 0, tap = 0, tap_x = 0, tap_y = 0;
    for (int step = 0; step < steps; ++step) {
        cp_async_wait<conv_stages - 2>();
        __syncthreads();  // what is to be read is there for all, and all have read what is to be written
        if (step + conv_stages - 1 < steps) fetch(writing);
        if (tap == 0 && slab + 1 < slabs) copier.copy(slab + 1, patches + uint32_t((slab + 1) & 1) * patch_bytes);
        cp_async_commit();

        const uint32_t patch = patches + uint32_t(slab & 1) * patch_bytes;
        const int x = ((seen_x + (lane & 15) + tap_x) >> p.zoom) - copier.first_x, b_row = warp_column + ((lane >> 4) << 3) + (lane & 7);
        uint32_t a_at[Tile::warp_rows / 16];
#pragma unroll
        for (int i = 0; i < Tile::warp_rows / 16; ++i) {
            const int y = ((seen_y + warp_row / few_outputs_width + i + tap_y) >> p.zoom) - copier.first_y;
            a_at[i] = swizzled(y * size.width + x, lane >> 4);
        }
#pragma unroll
        for (int half = 0; half < 2; ++half) {
            uint32_t a[Tile::warp_rows / 16][4], b[Tile::warp_columns / 16][4];
#pragma unroll
            for (int i = 0; i < Tile::warp_rows / 16; ++i) ldmatrix_x4(a[i], patch + (a_at[i] ^ uint32_t(half << 5)));  // two chunks on
#pragma unroll
            for (int j = 0; j < Tile::warp_columns / 16; ++j)
                ldmatrix_x4(b[j], reading + swizzled(b_row, half * 2 + (lane >> 3 & 1)) + uint32_t(j * 16 * conv_row_bytes));
#pragma unroll
            for (int i = 0; i < Tile::warp_rows / 16; ++i)
#pragma unroll
                for (int j = 0; j < Tile::warp_columns / 8; ++j) mma_m16n8k16_bf16(sums[i][j], a[i], b[j / 2][j % 2 * 2], b[j / 2][j % 2 * 2 + 1]);
        }
        if constexpr (Normed) {
            if (tap >= conv_stages - 1 && slab + 1 < slabs) copier.norm(norm_packs);
        }

        reading = reading + Tile::weight_bytes == patches ? shared : reading + Tile::weight_bytes;
        writing = writing + Tile::weight_bytes == patches ? shared : writing + Tile::weight_bytes;
        ++tap;
        if (++tap_x < p.kernel) continue;
        tap_x = 0;
        if (++tap_y < p.kernel) continue;
        tap = tap_y = 0, ++slab;
    }
    cp_async_wait<0>();
    __syncthreads();  // the ring and the patches become the tile of sums
    put_down<Tile>(sums, shared, warp_row, warp_column, lane);
    __syncthreads();
    const int out_height = p.pixels / p.out_width;
    store_rows<Tile>(p, shared, first_column, [&](int row) {
        const int x = first_x + row % few_outputs_width, y = first_y + row / few_outputs_width;
        return x < p.out_width && y < out_height ? ConvPixel{image, y * p.out_width + x} : ConvPixel{-1, 0};
    });
    if (p.statistics == nullptr) return;
    __syncthreads();
    write_statistics<Tile>(p, image, first_x, first_y, first_column, shared);
}

template <class Tile>
void run_as(ConvArguments p, const CudaGrid& grid, Stream stream) {
    p.column_tiles = (p.k + Tile::columns - 1) / Tile::columns;
    launch(p.factors != nullptr ? conv_forward_patches<Tile, true> : conv_forward_patches<Tile, false>, dim3(unsigned(grid.blocks)), dim3(unsigned(grid.threads)),
           grid.shared_bytes, stream, p, patch_of(p.kernel, p.stride, p.zoom));
}

// use(the tile's shape).
template <class Use>
auto with_tile(CudaConvTile tile, const Use& use) {
    if (tile.columns == 128) return use(PatchShape<128, 64>{});
    if (tile.columns == 64) return use(PatchShape<64, 32>{});
    fail(Code::fault, "conv2d: no kernel for a square of ", tile.rows, " pixels and ", tile.columns, " channels");
}

}  // namespace

int64_t conv_patches_shared(int32_t kernel, int32_t zoom, int32_t columns) {
    constexpr int64_t rows = few_outputs_width * few_outputs_height;
    const int64_t operands = conv_stages * int64_t(columns) * conv_row_bytes + 2 * patch_of(kernel, 1, zoom).bytes(), sums = rows * (columns + 8) * 4;
    return operands > sums ? operands : sums;
}

CudaGrid conv_patches_grid(const ConvArguments& p, CudaConvTile tile) {
    const int64_t across = (p.out_width + few_outputs_width - 1) / few_outputs_width, out_height = p.pixels / p.out_width;
    const int64_t blocks = p.images * across * ((out_height + few_outputs_height - 1) / few_outputs_height) * ((p.k + tile.columns - 1) / tile.columns);
    expect(blocks < int64_t{1} << 31, Code::unsupported, "conv2d: ", p.images, " images of ", p.pixels, " pixels are ", blocks, " blocks, more than 2^31");
    return {blocks, with_tile(tile, [](auto shape) { return decltype(shape)::threads; }), conv_patches_shared(p.kernel, p.zoom, tile.columns)};
}

void run_conv_patches(const ConvArguments& p, CudaConvTile tile, Stream stream) {
    with_tile(tile, [&](auto shape) { run_as<decltype(shape)>(p, conv_patches_grid(p, tile), stream); });
}

}  // namespace lgv
