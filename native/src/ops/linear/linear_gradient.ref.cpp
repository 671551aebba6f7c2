#include <vector>

#include "ops/linear/linear_gradient.h"
#include "ops/weights.h"

namespace lgv {

template <class Real>
void reference(const LinearDataGradient& op, const ReferenceLaunchOf<Real>& launch) {
    const Shape& shape = launch.shapes[op.of.x];
    const std::vector<float> weight = launch.weights.values(op.of.weight);
    const int64_t channels = shape.c, k = op.of.out_channels;
    const Real* dy = launch.at(op.dy);
    for (int64_t m = 0; m < shape.n * shape.h * shape.w; ++m) {
        for (int64_t c = 0; c < channels; ++c) {
            double sum = 0;
            for (int64_t i = 0; i < k; ++i) sum += double(dy[m * k + i]) * weight[size_t(i * channels + c)];
            launch.put(op.dx, m * channels + c, op.of.scale * sum);
        }
    }
}

template <class Real>
void reference(const LinearWeightGradient& op, const ReferenceLaunchOf<Real>& launch) {
    const Shape& shape = launch.shapes[op.of.x];
    const int64_t pixels = shape.n * shape.h * shape.w, channels = shape.c, k = op.of.out_channels;
    const Real *x = launch.at(op.of.x), *dy = launch.at(op.dy);
    for (int64_t i = 0; i < k; ++i) {
        for (int64_t c = 0; c < channels; ++c) {
            double sum = 0;
            for (int64_t m = 0; m < pixels; ++m) sum += double(dy[m * k + i]) * x[m * channels + c];
            Real& dw = launch.gradient_at(op.of.weight)[i * channels + c];
            dw = Real(dw + op.of.scale * sum);
        }
        if (!op.of.bias) continue;
        double sum = 0;
        for (int64_t m = 0; m < pixels; ++m) sum += dy[m * k + i];
        Real& dbias = launch.gradient_at(op.of.bias)[i];
        dbias = Real(dbias + op.of.scale * sum);
    }
}

template void reference(const LinearDataGradient&, const ReferenceLaunchOf<float>&);
template void reference(const LinearDataGradient&, const ReferenceLaunchOf<double>&);
template void reference(const LinearWeightGradient&, const ReferenceLaunchOf<float>&);
template void reference(const LinearWeightGradient&, const ReferenceLaunchOf<double>&);

}  // namespace lgv
