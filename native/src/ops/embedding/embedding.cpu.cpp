#include "ops/embedding/embedding.cpu.h"

#include <cmath>
#include <cstring>

#include "base/error.h"
#include "ops/weights.h"

namespace lgv {

CpuTimestepEmbedding lower(const TimestepEmbedding& op, Value out, const Shapes&, Weights&, Isa) {
    return {.t = op.t, .out = out, .channels = op.channels, .cosine_first = op.cosine_first, .w = frequencies(op)};
}

CpuFourierEmbedding lower(const FourierEmbedding& op, Value out, const Shapes&, Weights& weights, Isa) {
    expect(weights.shape(op.frequencies) == std::vector<int64_t>{op.channels}, Code::model, "fourier embedding: the frequencies are ",
           to_text(weights.shape(op.frequencies)), ", expected [", op.channels, "]");
    return {.t = op.t, .out = out, .channels = op.channels, .w = weights.plain(op.frequencies)};
}

CpuLabelEmbedding lower(const LabelEmbedding& op, Value out, const Shapes&, Weights& weights, Isa) {
    const std::vector<int64_t> wanted{op.rows, op.channels};
    expect(weights.shape(op.table) == wanted, Code::model, "label embedding: the table is ", to_text(weights.shape(op.table)), ", expected ",
           to_text(wanted));
    return {.label = op.label, .out = out, .channels = op.channels, .table = weights.plain(op.table)};
}

CpuNeeds needs(const CpuTimestepEmbedding&) { return {}; }
CpuNeeds needs(const CpuFourierEmbedding&) { return {}; }
CpuNeeds needs(const CpuLabelEmbedding&) { return {}; }
std::string algorithm(const CpuTimestepEmbedding&) { return "sines"; }
std::string algorithm(const CpuFourierEmbedding&) { return "sines"; }
std::string algorithm(const CpuLabelEmbedding&) { return "copy"; }

void run(const CpuTimestepEmbedding& op, const CpuLaunch& launch) {
    const float* t = launch.at(op.t);
    float* y = launch.at(op.out);
    const auto half = int64_t(op.w.size());
    launch.team.run(launch.rows, [&](int64_t image, int) {
        float* row = y + image * op.channels;
        float* sine = row + (op.cosine_first ? half : 0);
        float* cosine = row + (op.cosine_first ? 0 : half);
        for (int64_t i = 0; i < half; ++i) {
            const auto angle = double(t[image] * op.w[size_t(i)]);
            sine[i] = float(std::sin(angle));
            cosine[i] = float(std::cos(angle));
        }
        if (op.channels % 2 != 0) row[op.channels - 1] = 0;
    });
}

void run(const CpuFourierEmbedding& op, const CpuLaunch& launch) {
    const float* t = launch.at(op.t);
    float* y = launch.at(op.out);
    launch.team.run(launch.rows, [&](int64_t image, int) {
        const double turns = 2 * 3.14159265358979323846;
        const double log_t = std::log(double(t[image]));
        float* row = y + image * 2 * op.channels;
        for (int32_t i = 0; i < op.channels; ++i) {
            const double angle = turns * double(op.w[i]) * log_t;
            row[i] = float(std::sin(angle));
            row[op.channels + i] = float(std::cos(angle));
        }
    });
}

// A few KiB: not worth waking a helper.
void run(const CpuLabelEmbedding& op, const CpuLaunch& launch) {
    const int32_t* label = launch.labels_at(op.label);
    float* y = launch.at(op.out);
    for (int64_t image = 0; image < launch.rows; ++image)
        std::memcpy(y + image * op.channels, op.table + int64_t(label[image]) * op.channels, size_t(op.channels) * sizeof(float));
}

}  // namespace lgv
