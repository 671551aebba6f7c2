// y[n, c] = (sum over p of x[n, p, c]) / pixels
// x: [N, H, W, C]   y: [N, 1, 1, C]   Sums in float32: each thread takes every 8th pixel of its channel, the 8 are added in their order.
// A block has 32 channels of an image, 8 threads a channel: neighbours read neighbouring channels. Bound by memory: one read; it runs once a picture.
#include "base/error.h"
#include "device/cuda/elements.cuh"
#include "ops/pool/mean_pixels.cuda.h"

namespace lgv {

namespace {

constexpr int lanes = 32, parts = 8;

template <class From, class To>
__global__ void LGV_BLOCK_OF(lanes* parts) mean_pixels_forward(const From* x, To* y, int64_t pixels, int channels) {
    LGV_SHARED(sums, float[parts][lanes]);
    const int lane = int(threadIdx.x) % lanes, part = int(threadIdx.x) / lanes;
    const int c = int(blockIdx.x) * lanes + lane;
    const From* image = x + int64_t(blockIdx.y) * pixels * channels;
    float sum = 0;
    if (c < channels) {
        for (int64_t p = part; p < pixels; p += parts) sum = __fadd_rn(sum, load(image + p * channels + c));
    }
    sums[part][lane] = sum;
    __syncthreads();
    if (part != 0 || c >= channels) return;
    for (int other = 1; other < parts; ++other) sum = __fadd_rn(sum, sums[other][lane]);
    store(y + int64_t(blockIdx.y) * channels + c, __fdiv_rn(sum, float(pixels)));
}

CudaGrid grid_of(const CudaMeanPixels& op, int64_t rows) { return {(op.channels + lanes - 1) / lanes * rows, lanes * parts}; }

template <class From, class To>
void run_as(const CudaMeanPixels& op, const CudaLaunch& launch) {
    const CudaGrid grid = grid_of(op, launch.rows);
    lgv::launch(mean_pixels_forward<From, To>, dim3(unsigned(grid.blocks / launch.rows), unsigned(launch.rows)), dim3(unsigned(grid.threads)), 0, launch.stream,
                launch.at<From>(op.op.x), launch.at<To>(op.out), op.pixels, op.channels);
}

}  // namespace

CudaMeanPixels lower(const MeanPixels& op, Value out, const Shapes& shapes, const CudaTypes& types, CudaWeights&, const CudaTarget&) {
    const Shape& x = shapes[op.x];
    expect(x.n < 65536, Code::unsupported, "mean_pixels: ", x.n, " images in a launch, at most 65535");
    return {.op = op, .out = out, .from = types[op.x], .to = types[out], .pixels = x.h * x.w, .channels = int32_t(x.c)};
}

CudaNeeds needs(const CudaMeanPixels&) { return {}; }
std::string algorithm(const CudaMeanPixels&) { return "8 parts"; }

std::vector<CudaCost> cost(const CudaMeanPixels& op, int64_t rows) {
    const int64_t count = rows * op.pixels * op.channels, read = count * size_of(op.from), written = rows * op.channels * size_of(op.to);
    return {{.kernel = "mean_pixels_forward",
             .grid = grid_of(op, rows),
             .registers = 32,
             .static_bytes = parts * lanes * 4,
             .flops = count,
             .bytes_read = read,
             .bytes_written = written,
             .l2_bytes = read + written,
             .waits = (op.pixels + parts - 1) / parts}};
}

void run(const CudaMeanPixels& op, const CudaLaunch& launch) {
    if (op.from == CudaType::f32) return op.to == CudaType::f32 ? run_as<float, float>(op, launch) : run_as<float, bf16>(op, launch);
    return op.to == CudaType::f32 ? run_as<bf16, float>(op, launch) : run_as<bf16, bf16>(op, launch);
}

}  // namespace lgv
