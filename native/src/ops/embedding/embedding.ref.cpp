#include <cmath>

#include "ops/embedding/embedding.h"
#include "ops/weights.h"

namespace lgv {

// Double accumulation means little here: nothing is summed. Frequencies and angles are float32 because they are in every trained model: an angle
// of 900 is rounded by 3e-5, so a reference in double throughout would be another function. Sine and cosine of that angle are exact to the last bit.
template <class Real>
void reference(const TimestepEmbedding& op, const ReferenceLaunchOf<Real>& launch) {
    const int64_t n = launch.shapes[op.t].n;
    const std::vector<float> w = frequencies(op);
    const int64_t half = op.channels / 2;
    const int64_t sines = op.cosine_first ? half : 0, cosines = op.cosine_first ? 0 : half;
    const Real* t = launch.at(op.t);
    for (int64_t image = 0; image < n; ++image) {
        Real* y = launch.at(launch.out) + image * op.channels;
        for (int64_t i = 0; i < half; ++i) {
            const float angle = t[image] * w[size_t(i)];
            y[sines + i] = Real(std::sin(double(angle)));
            y[cosines + i] = Real(std::cos(double(angle)));
        }
        if (op.channels % 2 != 0) y[op.channels - 1] = 0;
    }
}

template <class Real>
void reference(const FourierEmbedding& op, const ReferenceLaunchOf<Real>& launch) {
    const int64_t n = launch.shapes[op.t].n;
    const std::vector<float> w = launch.weights.values(op.frequencies);
    for (int64_t image = 0; image < n; ++image) {
        const double log_t = std::log(double(launch.at(op.t)[image]));
        Real* y = launch.at(launch.out) + image * 2 * op.channels;
        for (int64_t i = 0; i < op.channels; ++i) {
            const double angle = 2 * 3.14159265358979323846 * double(w[size_t(i)]) * log_t;
            y[i] = Real(std::sin(angle));
            y[op.channels + i] = Real(std::cos(angle));
        }
    }
}

template <class Real>
void reference(const LabelEmbedding& op, const ReferenceLaunchOf<Real>& launch) {
    const int64_t n = launch.shapes[op.label].n;
    const std::vector<float> table = launch.weights.values(op.table);
    const auto* label = reinterpret_cast<const int32_t*>(launch.at(op.label));
    Real* y = launch.at(launch.out);
    for (int64_t image = 0; image < n; ++image)
        for (int64_t c = 0; c < op.channels; ++c) y[image * op.channels + c] = table[size_t(label[image] * int64_t{op.channels} + c)];
}

template void reference(const TimestepEmbedding&, const ReferenceLaunchOf<float>&);
template void reference(const TimestepEmbedding&, const ReferenceLaunchOf<double>&);
template void reference(const FourierEmbedding&, const ReferenceLaunchOf<float>&);
template void reference(const FourierEmbedding&, const ReferenceLaunchOf<double>&);
template void reference(const LabelEmbedding&, const ReferenceLaunchOf<float>&);
template void reference(const LabelEmbedding&, const ReferenceLaunchOf<double>&);

}  // namespace lgv
