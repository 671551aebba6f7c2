#include <vector>

#include "ops/activation.h"
#include "ops/linear/linear.h"
#include "ops/weights.h"

namespace lgv {

template <class Real>
void reference(const Linear& op, const ReferenceLaunchOf<Real>& launch) {
    const Shape& shape = launch.shapes[op.x];
    const std::vector<float> weight = launch.weights.values(op.weight);
    const std::vector<float> bias = op.bias ? launch.weights.values(op.bias) : std::vector<float>();
    const Real* x = launch.at(op.x);
    const Real* residual = op.residual ? launch.at(op.residual) : nullptr;
    Real* y = launch.at(launch.out);
    for (int64_t m = 0; m < shape.n * shape.h * shape.w; ++m) {
        for (int64_t k = 0; k < op.out_channels; ++k) {
            double sum = 0;
            for (int64_t c = 0; c < shape.c; ++c) sum += double(weight[size_t(k * shape.c + c)]) * x[m * shape.c + c];
            if (op.bias) sum += bias[size_t(k)];
            if (residual != nullptr) sum += residual[m * op.out_channels + k];
            y[m * op.out_channels + k] = Real(activate(op.act, sum) * op.scale);
        }
    }
}

template void reference(const Linear&, const ReferenceLaunchOf<float>&);
template void reference(const Linear&, const ReferenceLaunchOf<double>&);

}  // namespace lgv
