// y[n, i, j, c] = sum over taps (r, u) of i and (s, v) of j: u v x[n, r, s, c], taps of resample.h; what lies outside x is left out.
// x: [N, H, W, C]   y: [N, H/2, W/2, C] or [N, 2H, 2W, C]   Sums are float32, fma by fma, row after row; every u v is a float exactly.
// Bound by memory: one read (of 4 to 16 taps all but the first come from the first-level cache) and one write; every sector of both whole where 16 bytes of
// channels go at a time. A block's outputs are of one row, so the row's taps are the same in all its threads.
#include "ops/resample/resample.cuda.h"

#include "base/error.h"
#include "device/cuda/packs.cuh"

namespace lgv {

namespace {

constexpr int threads = 256;

template <ResampleKind kind>
constexpr int taps_of = kind == ResampleKind::nearest ? 1 : kind == ResampleKind::fir_down ? 4 : 2;

// Tap k of output i along one axis: the pixel, which may be outside, and its weight.
template <ResampleKind kind>
LGV_DEVICE int tap_at(int i, int k) {
    if constexpr (kind == ResampleKind::average) return 2 * i + k;
    if constexpr (kind == ResampleKind::fir_down) return 2 * i - 1 + k;
    if constexpr (kind == ResampleKind::nearest) return i / 2;
    return (i + 1) / 2 - 1 + k;
}

template <ResampleKind kind>
LGV_DEVICE float tap_weight(int i, int k) {
    if constexpr (kind == ResampleKind::average) return 0.5f;
    if constexpr (kind == ResampleKind::fir_down) return k == 0 || k == 3 ? 0.125f : 0.375f;
    if constexpr (kind == ResampleKind::nearest) return 1.0f;
    return i % 2 == k ? 0.25f : 0.75f;
}

template <class T, int V, ResampleKind kind>
__global__ void LGV_BLOCK_OF(threads) resample_forward_rows(const T* x, T* y, int h, int w, int channels, int out_h, int out_w, int blocks) {
    const unsigned row = blockIdx.x / unsigned(blocks);
    const int i = int(row % unsigned(out_h)), packs = channels / V;
    const int64_t n = row / unsigned(out_h), at = int64_t(blockIdx.x - row * unsigned(blocks)) * threads + threadIdx.x;
    if (at >= int64_t(out_w) * packs) return;
    const int j = int(unsigned(at) / unsigned(packs)), c = (int(at) - j * packs) * V;
    const T* image = x + n * h * w * channels + c;

    constexpr int taps = taps_of<kind>;
    float sum[V] = {};
#pragma unroll
    for (int r = 0; r < taps; ++r) {
        const int from_row = tap_at<kind>(i, r);
        RawPack<T, V> raw[taps];
        bool inside[taps];
#pragma unroll
        for (int s = 0; s < taps; ++s) {
            const int column = tap_at<kind>(j, s);
            inside[s] = from_row >= 0 && from_row < h && column >= 0 && column < w;
            raw[s] = inside[s] ? load_raw<T, V>(image + (int64_t(from_row) * w + column) * channels) : no_pack<T, V>();
        }
#pragma unroll
        for (int s = 0; s < taps; ++s) {
            if (!inside[s]) continue;
            const float weight = tap_weight<kind>(i, r) * tap_weight<kind>(j, s);
            float v[V];
            unpack<T, V>(raw[s], v);
#pragma unroll
            for (int k = 0; k < V; ++k) sum[k] = fused(weight, v[k], sum[k]);
        }
    }
    store_values<T, V>(y + ((n * out_h + i) * out_w + j) * channels + c, sum);
}

int out_height(const CudaResample& op) { return halves(op.op.kind) ? op.h / 2 : 2 * op.h; }
int out_width(const CudaResample& op) { return halves(op.op.kind) ? op.w / 2 : 2 * op.w; }
int blocks_of_row(const CudaResample& op) { return int((int64_t(out_width(op)) * (op.channels / op.vector) + threads - 1) / threads); }
CudaGrid grid_of(const CudaResample& op, int64_t rows) { return {rows * out_height(op) * blocks_of_row(op), threads}; }

template <class T, int V>
void run_as(const CudaResample& op, const CudaLaunch& launch) {
    const auto queue = [&](auto* kernel) {
        lgv::launch(kernel, dim3(unsigned(grid_of(op, launch.rows).blocks)), dim3(threads), 0, launch.stream, launch.at<T>(op.op.x), launch.at<T>(op.out), op.h, op.w,
                    op.channels, out_height(op), out_width(op), blocks_of_row(op));
    };
    switch (op.op.kind) {
        case ResampleKind::average: return queue(resample_forward_rows<T, V, ResampleKind::average>);
        case ResampleKind::fir_down: return queue(resample_forward_rows<T, V, ResampleKind::fir_down>);
        case ResampleKind::nearest: return queue(resample_forward_rows<T, V, ResampleKind::nearest>);
        case ResampleKind::fir_up: return queue(resample_forward_rows<T, V, ResampleKind::fir_up>);
    }
}

}  // namespace

CudaResample lower(const Resample& op, Value out, const Shapes& shapes, const CudaTypes& types, CudaWeights&, const CudaTarget&) {
    const Shape& x = shapes[op.x];
    const Shape y = output_shape(op, shapes);
    const CudaType type = types[op.x];
    expect(type != CudaType::i32 && types[out] == type, Code::unsupported, "resample: from ", name_of(type), " to ", name_of(types[out]),
           "; there are kernels from bfloat16 to bfloat16 and from float32 to float32");
    expect(y.w * y.c < int64_t{1} << 31 && y.n * y.h * ((y.w * y.c + threads - 1) / threads) < int64_t{1} << 31, Code::unsupported, "resample: ", to_text(y),
           " is more than 2^31 numbers a row or blocks of 256 numbers");
    const int32_t pack = int32_t(16 / size_of(type));
    return {.op = op, .out = out, .type = type, .h = int32_t(x.h), .w = int32_t(x.w), .channels = int32_t(x.c), .vector = x.c % pack == 0 ? pack : 1};
}

CudaNeeds needs(const CudaResample&) { return {}; }

std::string algorithm(const CudaResample& op) {
    static constexpr const char* names[] = {"average", "fir down", "nearest", "fir up"};
    return text(names[int(op.op.kind)], op.vector > 1 ? " by 16 bytes" : " by numbers");
}

std::vector<CudaCost> cost(const CudaResample& op, int64_t rows) {
    const int64_t pixels = int64_t(out_height(op)) * out_width(op), y = rows * pixels * op.channels, bytes = size_of(op.type);
    const int64_t seen = op.op.kind == ResampleKind::average ? 4 * pixels : int64_t(op.h) * op.w, x = rows * seen * op.channels;  // averages leave an odd rim out
    const int64_t taps = op.op.kind == ResampleKind::nearest ? 1 : op.op.kind == ResampleKind::fir_down ? 16 : 4;
    return {{.kernel = "resample_forward_rows",
             .grid = grid_of(op, rows),
             .registers = 40,
             .flops = 2 * taps * y,
             .bytes_read = x * bytes,
             .bytes_written = y * bytes,
             .l2_bytes = (x + y) * bytes}};
}

void run(const CudaResample& op, const CudaLaunch& launch) {
    if (launch.rows == 0) return;
    if (op.type == CudaType::bf16) return op.vector > 1 ? run_as<bf16, 8>(op, launch) : run_as<bf16, 1>(op, launch);
    return op.vector > 1 ? run_as<float, 4>(op, launch) : run_as<float, 1>(op, launch);
}

}  // namespace lgv
