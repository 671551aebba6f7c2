#include "ops/loss/squared_error.h"

namespace lgv {

template <class Real>
void reference(const SquaredError& op, const ReferenceLaunchOf<Real>& launch) {
    const Shape& shape = launch.shapes[op.out];
    const int64_t size = shape.per_image();
    for (int64_t n = 0; n < shape.n; ++n) {
        const double weight = launch.at(op.weight)[n];
        double sum = 0;
        for (int64_t e = n * size; e < (n + 1) * size; ++e) {
            const double error = double(launch.at(op.out)[e]) - double(launch.at(op.target)[e]);
            sum += error * error;
            launch.put(op.dout, e, 2 * weight / double(size) * error);
        }
        launch.put(op.loss, n, weight * (sum / double(size)));
    }
}

template void reference(const SquaredError&, const ReferenceLaunchOf<float>&);
template void reference(const SquaredError&, const ReferenceLaunchOf<double>&);

}  // namespace lgv
