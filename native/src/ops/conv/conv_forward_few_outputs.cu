// The convolution for up to 8 output channels (conv_out of a network on pictures), on matrix units whose 8 columns they fill.
//
//   x, x2: [N, H, W, C] bfloat16, C in whole packs of 8   weight: [slabs of 32 channels][r][s][lane][4] words: what each lane of a warp multiplies, see below
//   y: [N, H', W', K] bfloat16 or float32   sums: float32, in the order [source][32 channels][r][s]
//   fused: all that conv.cuda.h names but the statistics
//
// A block computes 16 x 8 pixels of an image. Of 32 channels at a time it brings the patch of x behind them, rim included, to shared memory once, normed once;
// a tap is then an offset of the addresses that its matrices are loaded from. Bound by reading x: 1.4 times with its rim (3x3), from DRAM once; for the 4 KB of
// 16 pixels x 128 channels shared memory gives 36 KB to the matrix units, which is about as long.
#include "base/error.h"
#include "ops/conv/conv_forward.cuh"

namespace lgv {

namespace {

constexpr int patch_threads = 128, patch_apart = patch_threads / 4;  // pixels between those of a thread
constexpr int patch_batch = 6;                                        // that it has under way at a time
constexpr int patch_pixel_bytes = conv_step * 2;

LGV_DEVICE uint32_t in_patch(int pixel, int chunk) { return uint32_t(pixel * patch_pixel_bytes + ((chunk ^ (pixel >> 1 & 3)) << 4)); }

struct Patch {
    int x, y, width, height;  // of x, in its own pixels
    int64_t image;
};

template <bool Silu>
LGV_DEVICE uint4 normed_eight(uint4 x, const float4 (&factors)[4]) {
    return make_uint4(normed_two<Silu>(x.x, factors[0]), normed_two<Silu>(x.y, factors[1]), normed_two<Silu>(x.z, factors[2]), normed_two<Silu>(x.w, factors[3]));
}

// 32 channels of a source, from `channel`, to shared memory.
LGV_DEVICE void bring_patch(const ConvArguments& p, const Patch& patch, bool second, int channel, uint32_t to) {
    const int tid = int(threadIdx.x), channels = second ? p.c2 : p.c1, chunk = tid & 3, pixels = patch.width * patch.height;
    channel += chunk * conv_pack;
    const bf16* from = static_cast<const bf16*>(second ? p.x2 : p.x) + patch.image * p.height * p.width * channels + channel;
    const bool is_there = channel < channels;
    float4 factors[4] = {};
    if (is_there && p.factors != nullptr) {
        const float4* of = reinterpret_cast<const float4*>(factors_of(p, patch.image, channel + (second ? p.c1 : 0)));
#pragma unroll
        for (int i = 0; i < 4; ++i) factors[i] = ld_global_nc(of + i);
    }
    const unsigned height = is_there ? unsigned(p.height) : 0;
    int x = patch.x + (tid >> 2), y = patch.y;
    for (int first = tid >> 2; first < pixels; first += patch_apart * patch_batch) {
        uint4 held[patch_batch];
        unsigned there = 0;
#pragma unroll
        for (int i = 0; i < patch_batch; ++i) {
            while (x >= patch.x + patch.width) x -= patch.width, ++y;
            const bool inside = unsigned(y) < height && unsigned(x) < unsigned(p.width) && first + i * patch_apart < pixels;
            held[i] = inside ? ld_global_nc(reinterpret_cast<const uint4*>(from + int64_t(y * p.width + x) * channels)) : make_uint4(0, 0, 0, 0);
            there |= unsigned(inside) << i;
            x += patch_apart;
        }
#pragma unroll
        for (int i = 0; i < patch_batch; ++i) {
            const int pixel = first + i * patch_apart;
            if (pixel >= pixels) break;
            if (p.factors != nullptr && there >> i & 1) held[i] = p.silu ? normed_eight<true>(held[i], factors) : normed_eight<false>(held[i], factors);
            st_shared(to + in_patch(pixel, chunk), held[i]);
        }
    }
}

__global__ void __launch_bounds__(patch_threads, 4) conv_forward_few_outputs(const __grid_constant__ ConvArguments p, const __grid_constant__ ConvPatch size) {
    const uint32_t shared = shared_address(dynamic_shared());
    const int lane = int(threadIdx.x) & 31, warp = int(threadIdx.x) >> 5, out_height = p.pixels / p.out_width;
    const unsigned across = unsigned(p.out_width + few_outputs_width - 1) / few_outputs_width, down = unsigned(out_height + few_outputs_height - 1) / few_outputs_height;
    const unsigned row_of_tiles = blockIdx.x / across;
    const int64_t image = row_of_tiles / down;
    const int first_x = int(blockIdx.x - row_of_tiles * across) * few_outputs_width, first_y = int(row_of_tiles - unsigned(image) * down) * few_outputs_height;
    const int seen_x = first_x * p.stride - p.left, seen_y = first_y * p.stride - p.top;
    const Patch patch{seen_x >> p.zoom, seen_y >> p.zoom, size.width, size.height, image};
    const uint32_t patch_bytes = uint32_t(size.width * size.height * patch_pixel_bytes);
    const int slabs1 = (p.c1 + conv_step - 1) / conv_step, slabs = slabs1 + (p.c2 + conv_step - 1) / conv_step;
    const auto bring = [&](int slab) {
        const bool second = slab >= slabs1;
        bring_patch(p, patch, second, (second ? slab - slabs1 : slab) * conv_step, shared + uint32_t(slab & 1) * patch_bytes);
    };

    float sums[2][4] = {};
    const uint4* weight = static_cast<const uint4*>(p.weight) + lane;
    bring(0);
    for (int slab = 0; slab < slabs; ++slab) {
        __syncthreads();  // this patch is there for all, and all have read the other
        if (slab + 1 < slabs) bring(slab + 1);
        const uint32_t from = shared + uint32_t(slab & 1) * patch_bytes;
        for (int r = 0; r < p.kernel; ++r)
            for (int s = 0; s < p.kernel; ++s, weight += 32) {
                const uint4 b = ld_global_nc(weight);
                const int x = ((seen_x + (lane & 15) * p.stride + s) >> p.zoom) - patch.x;
#pragma unroll
                for (int i = 0; i < 2; ++i) {
                    const int y = ((seen_y + (warp * 2 + i) * p.stride + r) >> p.zoom) - patch.y, pixel = y * patch.width + x;
                    uint32_t a[4];
                    ldmatrix_x4(a, from + in_patch(pixel, lane >> 4));
                    mma_m16n8k16_bf16(sums[i], a, b.x, b.y);
                    ldmatrix_x4(a, from + in_patch(pixel, 2 + (lane >> 4)));
                    mma_m16n8k16_bf16(sums[i], a, b.z, b.w);
                }
            }
    }

#pragma unroll
    for (int i = 0; i < 2; ++i)
#pragma unroll
        for (int j = 0; j < 4; ++j) {
            const int y = first_y + warp * 2 + i, x = first_x + (lane >> 2) + j / 2 * 8, k = (lane & 3) * 2 + j % 2;
            if (y >= out_height || x >= p.out_width || k >= p.k) continue;
            const int64_t pixel = image * p.pixels + int64_t(y) * p.out_width + x;
            const float sum = p.bias != nullptr ? sums[i][j] + ld_global_nc(p.bias + k) : sums[i][j];
            store_as(p.y, pixel * p.k + k, finished(p, sum, image, pixel, k, false), p.y_is_float);
        }
}

}  // namespace

CudaGrid conv_few_outputs_grid(const ConvArguments& p) {
    const int64_t across = (p.out_width + few_outputs_width - 1) / few_outputs_width, out_height = p.pixels / p.out_width;
    const int64_t blocks = p.images * across * ((out_height + few_outputs_height - 1) / few_outputs_height);
    expect(blocks < int64_t{1} << 31, Code::unsupported, "conv2d: ", p.images, " images of ", p.pixels, " pixels are ", blocks, " blocks, more than 2^31");
    return {blocks, patch_threads, 2 * patch_of(p.kernel, p.stride, p.zoom).bytes()};
}

void run_conv_few_outputs(const ConvArguments& p, Stream stream) {
    const CudaGrid grid = conv_few_outputs_grid(p);
    launch(conv_forward_few_outputs, dim3(unsigned(grid.blocks)), dim3(patch_threads), grid.shared_bytes, stream, p, patch_of(p.kernel, p.stride, p.zoom));
}

}  // namespace lgv
