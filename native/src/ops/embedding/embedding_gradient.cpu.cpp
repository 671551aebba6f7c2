#include "ops/embedding/embedding_gradient.cpu.h"

namespace lgv {

CpuLabelEmbeddingGradient lower(const LabelEmbeddingGradient& op, const Shapes&, Weights&, Isa) { return {.op = op}; }
CpuNeeds needs(const CpuLabelEmbeddingGradient&) { return {}; }
std::string algorithm(const CpuLabelEmbeddingGradient&) { return "rows added"; }

// A few KiB: not worth waking a helper. Two images may have one label, so their order is the order of the sum.
void run(const CpuLabelEmbeddingGradient& op, const CpuLaunch& launch) {
    const int64_t channels = op.op.of.channels;
    const int32_t* label = launch.labels_at(op.op.of.label);
    const float* dy = launch.at(op.op.dy);
    float* dtable = launch.gradient_at(op.op.of.table);
    for (int64_t image = 0; image < launch.rows; ++image) {
        float* row = dtable + label[image] * channels;
        for (int64_t c = 0; c < channels; ++c) row[c] += dy[image * channels + c];
    }
}

}  // namespace lgv
