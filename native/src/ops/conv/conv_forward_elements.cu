// The convolution element by element in float32, the GPU's own oracle; the second pass of a split sum.
//
//   elements     one thread an output element, its products in the order [r][s][channels of x, then of x2], a tap at a time: the tap's sum, then the whole.
//                weight: [r][s][C + C2][K] float32. Bound by its loads; nobody waits for it
//   merge        y = scale * (partial sums, split after split, + bias + time + residual): reads `splits` float32 and writes one element of y
#include "base/error.h"
#include "ops/conv/conv_forward.cuh"

namespace lgv {

namespace {

constexpr int conv_threads = 128;

__global__ void LGV_BLOCK_OF(conv_threads) conv_forward_elements(const __grid_constant__ ConvArguments p) {
    const int64_t i = int64_t(blockIdx.x) * conv_threads + threadIdx.x;
    if (i >= p.images * p.pixels * p.k) return;
    const int64_t pixel = i / p.k, image = pixel / p.pixels;
    const int k = int(i - pixel * p.k), of_image = int(pixel - image * p.pixels), out_y = of_image / p.out_width, out_x = of_image - out_y * p.out_width;
    const int channels = p.c1 + p.c2;
    const float* weight = static_cast<const float*>(p.weight) + k;
    float sum = 0;
    for (int r = 0; r < p.kernel; ++r)
        for (int s = 0; s < p.kernel; ++s, weight += int64_t(channels) * p.k) {
            const int y = out_y * p.stride + r - p.top, x = out_x * p.stride + s - p.left;
            if (y < 0 || x < 0 || y >= p.height << p.zoom || x >= p.width << p.zoom) continue;
            const int64_t at = (image * p.height + (y >> p.zoom)) * p.width + (x >> p.zoom);
            float tap = 0;
            for (int c = 0; c < channels; ++c) {
                float v = c < p.c1 ? load(static_cast<const float*>(p.x) + at * p.c1 + c) : load(static_cast<const float*>(p.x2) + at * p.c2 + c - p.c1);
                if (p.factors != nullptr) {
                    const float2 factors = ld_global_nc(factors_of(p, image, c));
                    v = fused(factors.x, v, factors.y);
                    if (p.silu) v = __fdiv_rn(v, 1.0f + expf(-v));
                }
                tap = fused(v, load(weight + int64_t(c) * p.k), tap);
            }
            sum += tap;
        }
    if (p.bias != nullptr) sum += ld_global_nc(p.bias + k);
    store(static_cast<float*>(p.y) + i, finished(p, sum, image, pixel, k, true));
}

__global__ void LGV_BLOCK_OF(conv_threads) conv_forward_merge(const __grid_constant__ ConvArguments p) {
    const int64_t i = int64_t(blockIdx.x) * conv_threads + threadIdx.x, count = p.images * p.pixels * p.k;
    if (i >= count) return;
    const int64_t pixel = i / p.k;
    const int k = int(i - pixel * p.k);
    float sum = ld_global(p.partial + i);
    for (int split = 1; split < p.splits; ++split) sum += ld_global(p.partial + split * count + i);
    if (p.bias != nullptr) sum += ld_global_nc(p.bias + k);
    store_as(p.y, i, finished(p, sum, pixel / p.pixels, pixel, k, false), p.y_is_float);
}

void launch_elements(void (*kernel)(ConvArguments), const ConvArguments& p, Stream stream) {
    launch(kernel, dim3(unsigned(conv_elements_grid(p).blocks)), dim3(conv_threads), 0, stream, p);
}

}  // namespace

CudaGrid conv_elements_grid(const ConvArguments& p) {
    const int64_t blocks = (p.images * p.pixels * p.k + conv_threads - 1) / conv_threads;
    expect(blocks < int64_t{1} << 31, Code::unsupported, "conv2d: ", p.images, " images of ", p.pixels, " pixels and ", p.k, " channels are ", blocks,
           " blocks, more than 2^31");
    return {blocks, conv_threads};
}

void run_conv_elements(const ConvArguments& p, Stream stream) { launch_elements(conv_forward_elements, p, stream); }
void run_conv_merge(const ConvArguments& p, Stream stream) { launch_elements(conv_forward_merge, p, stream); }

}  // namespace lgv
