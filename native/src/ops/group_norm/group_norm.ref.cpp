#include <cmath>
#include <vector>

#include "ops/activation.h"
#include "ops/group_norm/group_norm.h"
#include "ops/weights.h"

namespace lgv {

template <class Real>
void reference(const GroupNorm& op, const ReferenceLaunchOf<Real>& launch) {
    const Shape shape = output_shape(op, launch.shapes);
    const int64_t c1 = launch.shapes[op.x].c, c2 = shape.c - c1, pixels = shape.h * shape.w, width = shape.c / op.groups;
    const std::vector<float> gamma = launch.weights.values(op.weight), beta = launch.weights.values(op.bias);
    Real* y = launch.at(launch.out);
    for (int64_t n = 0; n < shape.n; ++n) {
        const auto x = [&](int64_t pixel, int64_t c) -> double {
            return c < c1 ? launch.at(op.x)[(n * pixels + pixel) * c1 + c] : launch.at(op.x2)[(n * pixels + pixel) * c2 + c - c1];
        };
        for (int64_t group = 0; group < op.groups; ++group) {
            const int64_t begin = group * width, end = begin + width;
            double mean = 0, variance = 0;
            for (int64_t pixel = 0; pixel < pixels; ++pixel) {
                for (int64_t c = begin; c < end; ++c) mean += x(pixel, c);
            }
            mean /= double(pixels * width);
            for (int64_t pixel = 0; pixel < pixels; ++pixel) {
                for (int64_t c = begin; c < end; ++c) variance += (x(pixel, c) - mean) * (x(pixel, c) - mean);
            }
            variance /= double(pixels * width);
            for (int64_t pixel = 0; pixel < pixels; ++pixel) {
                for (int64_t c = begin; c < end; ++c) {
                    double value = gamma[size_t(c)] * (x(pixel, c) - mean) / std::sqrt(variance + op.eps) + beta[size_t(c)];
                    if (op.scale_shift) {
                        const Real* row = launch.at(op.scale_shift) + n * 2 * shape.c;
                        value = value * (1.0 + row[c]) + row[shape.c + c];
                    }
                    y[(n * pixels + pixel) * shape.c + c] = Real(activate(op.act, value));
                }
            }
        }
    }
}

template void reference(const GroupNorm&, const ReferenceLaunchOf<float>&);
template void reference(const GroupNorm&, const ReferenceLaunchOf<double>&);

}  // namespace lgv
