// Timesteps:  y[n] = [sin(t w_0), ..., cos(t w_0), ...], angles float32 products as in the reference      t: [N] float32, y: [N, C]
// Noise:      y[n] = [sin(2 pi w_0 ln t), ..., cos(2 pi w_0 ln t), ...], angles to 1e-7 of a turn         t: [N] float32, y: [N, 2C]
// Labels:     y[n] = table[label[n]]                                                                      label: [N] int32, table: [rows, C] float32, y: [N, C]
// A thread an angle, or a number. Bound by the launch: a few KiB. Sines are to 1e-7 for every angle (sines.cuh), without doubles.
#include "ops/embedding/embedding.cuda.h"

#include "base/error.h"
#include "device/cuda/elements.cuh"
#include "ops/cuda_weights.h"
#include "ops/embedding/sines.cuh"

namespace lgv {

namespace {

constexpr int threads = 128;

template <class T>
__global__ void LGV_BLOCK_OF(threads) embedding_forward_timesteps(const float* t, const float* w, T* y, int channels, bool cosine_first, int64_t count) {
    const int64_t at = int64_t(blockIdx.x) * threads + threadIdx.x;
    if (at >= count) return;
    const int half = channels / 2, of_row = half + channels % 2, i = int(at % of_row);
    const int64_t n = at / of_row;
    T* row = y + n * channels;
    if (i == half) return store(row + channels - 1, 0.0f);
    const CosSin angle = cos_sin_of_angle(__fmul_rn(ld_global_nc(t + n), ld_global_nc(w + i)));
    store(row + (cosine_first ? half : 0) + i, angle.sin);
    store(row + (cosine_first ? 0 : half) + i, angle.cos);
}

template <class T>
__global__ void LGV_BLOCK_OF(threads) embedding_forward_noise(const float* t, const float* w, T* y, int channels, int64_t count) {
    const int64_t at = int64_t(blockIdx.x) * threads + threadIdx.x;
    if (at >= count) return;
    const int64_t n = at / channels;
    const int i = int(at - n * channels);
    const float level = ld_global_nc(t + n);
    CosSin angle = {float_of(0x7fc00000u), float_of(0x7fc00000u)};
    if (level > 0 && level < float_of(0x7f800000u)) {
        const bool tiny = level < 0x1p-126f;
        TwoFloats x = log_of(tiny ? level * 0x1p+24f : level);
        if (tiny) x.high -= 0x1.0a2b24p+4f;  // 24 ln 2: such a level is none that a network has
        angle = cos_sin_of_turns(ld_global_nc(w + i), x);
    }
    T* row = y + n * 2 * channels;
    store(row + i, angle.sin);
    store(row + channels + i, angle.cos);
}

template <class T>
__global__ void LGV_BLOCK_OF(threads) embedding_forward_labels(const int32_t* label, const float* table, T* y, int rows, int channels, int64_t count) {
    const int64_t at = int64_t(blockIdx.x) * threads + threadIdx.x;
    if (at >= count) return;
    const int64_t n = at / channels;
    const int32_t asked = ld_global_nc(label + n);
    const int32_t row = uint32_t(asked) < uint32_t(rows) ? asked : 0;  // a row without an image holds whatever was there
    store(y + at, ld_global_nc(table + int64_t(row) * channels + (at - n * channels)));
}

CudaGrid grid_of(int64_t count) { return {(count + threads - 1) / threads, threads}; }
dim3 blocks_of(int64_t count) { return dim3(unsigned(grid_of(count).blocks)); }

int64_t count_of(const TimestepEmbedding& op, int64_t rows) { return rows * (op.channels / 2 + op.channels % 2); }
int64_t count_of(const FourierEmbedding& op, int64_t rows) { return rows * op.channels; }
int64_t count_of(const LabelEmbedding& op, int64_t rows) { return rows * op.channels; }

CudaCost cost_of(const char* kernel, int32_t registers, int64_t count, int64_t flops, int64_t read, int64_t written) {
    return {.kernel = kernel, .grid = grid_of(count), .registers = registers, .flops = flops, .bytes_read = read, .bytes_written = written, .l2_bytes = read + written, .waits = 2};
}

void check_types(const char* what, CudaType from, CudaType wanted, CudaType to) {
    expect(from == wanted && to != CudaType::i32, Code::unsupported, what, ": from ", name_of(from), " to ", name_of(to), "; it goes from ", name_of(wanted),
           " to bfloat16 or float32");
}

}  // namespace

CudaTimestepEmbedding lower(const TimestepEmbedding& op, Value out, const Shapes&, const CudaTypes& types, CudaWeights& weights, const CudaTarget&) {
    check_types("timestep embedding", types[op.t], CudaType::f32, types[out]);
    const std::string form = text("frequencies ", op.channels, " ", bits_of(op.freq_shift));
    return {.op = op, .out = out, .to = types[out], .w = weights.table(form, frequencies(op))};
}

CudaFourierEmbedding lower(const FourierEmbedding& op, Value out, const Shapes&, const CudaTypes& types, CudaWeights& weights, const CudaTarget&) {
    check_types("fourier embedding", types[op.t], CudaType::f32, types[out]);
    expect(weights.shape(op.frequencies) == std::vector<int64_t>{op.channels}, Code::model, "fourier embedding: the frequencies are ",
           to_text(weights.shape(op.frequencies)), ", expected [", op.channels, "]");
    return {.op = op, .out = out, .to = types[out], .w = weights.plain(op.frequencies)};
}

CudaLabelEmbedding lower(const LabelEmbedding& op, Value out, const Shapes&, const CudaTypes& types, CudaWeights& weights, const CudaTarget&) {
    check_types("label embedding", types[op.label], CudaType::i32, types[out]);
    const std::vector<int64_t> wanted{op.rows, op.channels};
    expect(weights.shape(op.table) == wanted, Code::model, "label embedding: the table is ", to_text(weights.shape(op.table)), ", expected ", to_text(wanted));
    return {.op = op, .out = out, .to = types[out], .table = weights.plain(op.table)};
}

CudaNeeds needs(const CudaTimestepEmbedding&) { return {}; }
CudaNeeds needs(const CudaFourierEmbedding&) { return {}; }
CudaNeeds needs(const CudaLabelEmbedding&) { return {}; }
std::string algorithm(const CudaTimestepEmbedding&) { return "sines"; }
std::string algorithm(const CudaFourierEmbedding&) { return "sines"; }
std::string algorithm(const CudaLabelEmbedding&) { return "copy"; }

std::vector<CudaCost> cost(const CudaTimestepEmbedding& op, int64_t rows) {
    const int64_t count = count_of(op.op, rows);
    return {cost_of("embedding_forward_timesteps", 32, count, count, rows * 4 + op.op.channels / 2 * 4, rows * op.op.channels * size_of(op.to))};
}

std::vector<CudaCost> cost(const CudaFourierEmbedding& op, int64_t rows) {
    const int64_t count = count_of(op.op, rows);
    return {cost_of("embedding_forward_noise", 24, count, count, rows * 4 + op.op.channels * 4, 2 * count * size_of(op.to))};
}

std::vector<CudaCost> cost(const CudaLabelEmbedding& op, int64_t rows) {
    const int64_t count = count_of(op.op, rows);
    return {cost_of("embedding_forward_labels", 16, count, 0, rows * 4 + count * 4, count * size_of(op.to))};
}

void run(const CudaTimestepEmbedding& op, const CudaLaunch& launch) {
    const int64_t count = count_of(op.op, launch.rows);
    if (count == 0) return;
    const auto queue = [&]<class T>(T* y) {
        lgv::launch(embedding_forward_timesteps<T>, blocks_of(count), dim3(threads), 0, launch.stream, launch.at<float>(op.op.t), op.w, y,
                    op.op.channels, op.op.cosine_first, count);
    };
    op.to == CudaType::bf16 ? queue(launch.at<bf16>(op.out)) : queue(launch.at<float>(op.out));
}

void run(const CudaFourierEmbedding& op, const CudaLaunch& launch) {
    const int64_t count = count_of(op.op, launch.rows);
    if (count == 0) return;
    const auto queue = [&]<class T>(T* y) {
        lgv::launch(embedding_forward_noise<T>, blocks_of(count), dim3(threads), 0, launch.stream, launch.at<float>(op.op.t), op.w, y, op.op.channels, count);
    };
    op.to == CudaType::bf16 ? queue(launch.at<bf16>(op.out)) : queue(launch.at<float>(op.out));
}

void run(const CudaLabelEmbedding& op, const CudaLaunch& launch) {
    const int64_t count = count_of(op.op, launch.rows);
    if (count == 0) return;
    const auto queue = [&]<class T>(T* y) {
        lgv::launch(embedding_forward_labels<T>, blocks_of(count), dim3(threads), 0, launch.stream, launch.at<int32_t>(op.op.label), op.table, y, op.op.rows,
                    op.op.channels, count);
    };
    op.to == CudaType::bf16 ? queue(launch.at<bf16>(op.out)) : queue(launch.at<float>(op.out));
}

}  // namespace lgv
