// The convolution for few input channels (conv_in of a network on pictures): float32 fma by fma, in the order [r][s][channels].
//
//   x, x2: [N, H, W, C] bfloat16 or float32, 8 channels at most   weight: [column tiles][r][s][channels][2][8][4] float32, of values rounded to bfloat16
//   y: [N, H', W', K] bfloat16 or float32   fused: all that conv.cuda.h names. Statistics are of 128 pixels in a row
//
// A block computes 128 pixels of an image times 64 channels with the 64 channels' weights in shared memory; a thread 4 pixels times 8 channels, so that the
// lanes of a warp write whole rows of y: 16 bytes (bfloat16) each, 8 lanes side by side. A term costs 2 reads of 16 bytes of shared memory without conflicts and
// 4 loads of x, which 8 lanes share, for 32 fma: bound by them, at 27 terms (3x3x3) about twice the time that writing y takes.
#include "base/error.h"
#include "ops/conv/conv_forward.cuh"

namespace lgv {

namespace {

constexpr int few_threads = few_inputs_threads, few_pixels = few_inputs_pixels, few_each = 4, few_warps = few_threads / 32;

// The sum of v over the block's pixels, warp after warp, on return in all who have these channels. `table`: few_warps rows of few_inputs_columns floats.
LGV_DEVICE void sum_over_pixels(float (&v)[8], uint32_t table) {
    const int group = int(threadIdx.x) & 7, warp = int(threadIdx.x) >> 5;
#pragma unroll
    for (int j = 0; j < 8; ++j) {
        v[j] += __shfl_xor_sync(0xffffffffu, v[j], 8);
        v[j] += __shfl_xor_sync(0xffffffffu, v[j], 16);
    }
    table += uint32_t(group * 32);
    const uint32_t to = table + uint32_t(warp * few_inputs_columns * 4);
    if ((threadIdx.x & 31) < 8) {
        st_shared(to, make_float4(v[0], v[1], v[2], v[3]));
        st_shared(to + 16, make_float4(v[4], v[5], v[6], v[7]));
    }
    __syncthreads();
#pragma unroll
    for (float& sum : v) sum = 0;
#pragma unroll
    for (int w = 0; w < few_warps; ++w, table += few_inputs_columns * 4) {
        const float4 low = ld_shared<float4>(table), high = ld_shared<float4>(table + 16);
        const float more[8] = {low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w};
#pragma unroll
        for (int j = 0; j < 8; ++j) v[j] += more[j];
    }
}

template <class From, class To>
__global__ void LGV_BLOCK_OF(few_threads) conv_forward_few_inputs(const __grid_constant__ ConvArguments p) {
    LGV_SHARED(weights, float4[few_inputs_terms * few_inputs_columns / 4]);
    const int tid = int(threadIdx.x), column_tiles = (p.k + few_inputs_columns - 1) / few_inputs_columns;
    const unsigned tile = blockIdx.x / unsigned(column_tiles);
    const int column = int(blockIdx.x - tile * unsigned(column_tiles)), tiles_of_image = (p.pixels + few_pixels - 1) / few_pixels;
    const int64_t image = tile / unsigned(tiles_of_image);
    const int first_pixel = int(tile - unsigned(image) * unsigned(tiles_of_image)) * few_pixels;
    const int channels = p.c1 + p.c2, terms = p.kernel * p.kernel * channels, four_count = terms * few_inputs_columns / 4;
    const uint32_t shared = shared_address(weights);
    const float4* from = static_cast<const float4*>(p.weight) + int64_t(column) * four_count;
    for (int i = tid; i < four_count; i += few_threads) st_shared(shared + uint32_t(i * 16), ld_global_nc(from + i));
    __syncthreads();

    const int group = tid & 7, k = column * few_inputs_columns + group * 8;  // behind the last channel weights are 0
    int y[few_each], x[few_each];
#pragma unroll
    for (int i = 0; i < few_each; ++i) {
        const int pixel = first_pixel + (tid >> 3) + i * (few_threads / 8), out_y = pixel / p.out_width;
        y[i] = pixel < p.pixels ? out_y * p.stride - p.top : -(1 << 24);  // never inside
        x[i] = pixel < p.pixels ? (pixel - out_y * p.out_width) * p.stride - p.left : 0;
    }
    float sums[few_each][8];
#pragma unroll
    for (auto& row : sums)
#pragma unroll
        for (float& v : row) v = 0;
    const int64_t image_pixel = image * p.height * p.width;
    uint32_t at = shared + uint32_t(group * 16);
    for (int r = 0; r < p.kernel; ++r)
        for (int s = 0; s < p.kernel; ++s) {
            int64_t source[few_each];  // the tap's pixel, -1: outside
#pragma unroll
            for (int i = 0; i < few_each; ++i) {
                const int row = y[i] + r, col = x[i] + s;
                const bool there = unsigned(row) < unsigned(p.height << p.zoom) && unsigned(col) < unsigned(p.width << p.zoom);
                source[i] = there ? image_pixel + int64_t(row >> p.zoom) * p.width + (col >> p.zoom) : -1;
            }
            for (int c = 0; c < channels; ++c, at += few_inputs_columns * 4) {
                const float4 low = ld_shared<float4>(at), high = ld_shared<float4>(at + few_inputs_columns * 2);
                const float w[8] = {low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w};
                const bool second = c >= p.c1;
                const From* of = static_cast<const From*>(second ? p.x2 : p.x) + (second ? c - p.c1 : c);
                float a = 1, b = 0;
                if (p.factors != nullptr) {
                    const float2 factors = ld_global_nc(factors_of(p, image, c));
                    a = factors.x, b = factors.y;
                }
#pragma unroll
                for (int i = 0; i < few_each; ++i) {
                    if (source[i] < 0) continue;
                    float v = load(of + source[i] * (second ? p.c2 : p.c1));
                    if (p.factors != nullptr) v = normed(v, a, b, p.silu);
#pragma unroll
                    for (int j = 0; j < 8; ++j) sums[i][j] = fused(v, w[j], sums[i][j]);
                }
            }
        }

    To* const out = static_cast<To*>(p.y);
#pragma unroll
    for (int i = 0; i < few_each; ++i) {
        const int of_image = first_pixel + (tid >> 3) + i * (few_threads / 8);
        if (of_image >= p.pixels || k >= p.k) continue;
        const int64_t pixel = image * p.pixels + of_image;
        float(&v)[8] = sums[i];
#pragma unroll
        for (int j = 0; j < 8; ++j) v[j] = k + j < p.k ? finished(p, p.bias != nullptr ? v[j] + ld_global_nc(p.bias + k + j) : v[j], image, pixel, k + j, false) : 0.0f;
        if (p.k % conv_pack != 0) {
#pragma unroll
            for (int j = 0; j < 8; ++j)
                if (k + j < p.k) store(out + pixel * p.k + k + j, v[j]);
        } else if constexpr (sizeof(To) == 2) {
            store_pack(out + pixel * p.k + k, v);
        } else {
            store_pack(out + pixel * p.k + k, {v[0], v[1], v[2], v[3]});
            store_pack(out + pixel * p.k + k + 4, {v[4], v[5], v[6], v[7]});
        }
    }
    if (p.statistics == nullptr) return;

    LGV_SHARED(tables, float4[2 * few_warps * few_inputs_columns / 4]);
    const uint32_t table = shared_address(tables);
    const int count = min(few_pixels, p.pixels - first_pixel);
    float mean[8] = {}, squares[8] = {};
#pragma unroll
    for (int i = 0; i < few_each; ++i) {
        if ((tid >> 3) + i * (few_threads / 8) >= count) continue;
#pragma unroll
        for (int j = 0; j < 8; ++j) {
            if constexpr (sizeof(To) == 2) sums[i][j] = to_float(to_bf16(sums[i][j]));
            mean[j] += sums[i][j];
        }
    }
    sum_over_pixels(mean, table);
#pragma unroll
    for (float& v : mean) v = __fdiv_rn(v, float(count));
#pragma unroll
    for (int i = 0; i < few_each; ++i) {
        if ((tid >> 3) + i * (few_threads / 8) >= count) continue;
#pragma unroll
        for (int j = 0; j < 8; ++j) {
            const float off = sums[i][j] - mean[j];
            squares[j] = fused(off, off, squares[j]);
        }
    }
    sum_over_pixels(squares, table + few_warps * few_inputs_columns * 4);
    if (tid >= 8) return;
    float* to = p.statistics + ((image * tiles_of_image + first_pixel / few_pixels) * p.k + k) * 2;
#pragma unroll
    for (int j = 0; j < 8; ++j)
        if (k + j < p.k) st_global(reinterpret_cast<float2*>(to) + j, make_float2(mean[j], squares[j]));
}

}  // namespace

CudaGrid conv_few_inputs_grid(const ConvArguments& p) {
    const int64_t blocks = p.images * ((p.pixels + few_pixels - 1) / few_pixels) * ((p.k + few_inputs_columns - 1) / few_inputs_columns);
    expect(blocks < int64_t{1} << 31, Code::unsupported, "conv2d: ", p.images, " images of ", p.pixels, " pixels are ", blocks, " blocks, more than 2^31");
    return {blocks, few_threads};
}

void run_conv_few_inputs(const ConvArguments& p, Stream stream) {
    const auto kernel = p.x_is_float ? (p.y_is_float ? conv_forward_few_inputs<float, float> : conv_forward_few_inputs<float, bf16>)
                                     : (p.y_is_float ? conv_forward_few_inputs<bf16, float> : conv_forward_few_inputs<bf16, bf16>);
    launch(kernel, dim3(unsigned(conv_few_inputs_grid(p).blocks)), dim3(few_threads), 0, stream, p);
}

}  // namespace lgv
