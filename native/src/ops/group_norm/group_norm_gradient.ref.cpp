#include <cmath>
#include <vector>

#include "ops/activation.h"
#include "ops/group_norm/group_norm_gradient.h"
#include "ops/weights.h"

namespace lgv {

template <class Real>
void reference(const GroupNormGradient& op, const ReferenceLaunchOf<Real>& launch) {
    const Shape y = output_shape(op.of, launch.shapes);
    const int64_t c1 = launch.shapes[op.of.x].c, c2 = y.c - c1, pixels = y.h * y.w, width = y.c / op.of.groups;
    const std::vector<float> gamma = launch.weights.values(op.of.weight), beta = launch.weights.values(op.of.bias);
    std::vector<double> dgamma(size_t(y.c), 0), dbeta(size_t(y.c), 0);
    for (int64_t n = 0; n < y.n; ++n) {
        const auto x = [&](int64_t pixel, int64_t c) -> double {
            return c < c1 ? launch.at(op.of.x)[(n * pixels + pixel) * c1 + c] : launch.at(op.of.x2)[(n * pixels + pixel) * c2 + c - c1];
        };
        const auto scale_shift = [&](int64_t c) -> double { return op.of.scale_shift ? launch.at(op.of.scale_shift)[n * 2 * y.c + c] : Real(0); };
        for (int64_t begin = 0; begin < y.c; begin += width) {
            const double count = double(pixels * width);
            double mean = 0, variance = 0;
            for (int64_t pixel = 0; pixel < pixels; ++pixel) {
                for (int64_t c = begin; c < begin + width; ++c) mean += x(pixel, c) / count;
            }
            for (int64_t pixel = 0; pixel < pixels; ++pixel) {
                for (int64_t c = begin; c < begin + width; ++c) variance += (x(pixel, c) - mean) * (x(pixel, c) - mean) / count;
            }
            const double deviation = std::sqrt(variance + op.of.eps);
            const auto xhat = [&](int64_t pixel, int64_t c) { return (x(pixel, c) - mean) / deviation; };
            const auto u = [&](int64_t pixel, int64_t c) { return gamma[size_t(c)] * xhat(pixel, c) + beta[size_t(c)]; };
            const auto dz = [&](int64_t pixel, int64_t c) {
                const double z = u(pixel, c) * (1 + scale_shift(c)) + scale_shift(y.c + c);
                return double(launch.at(op.dy)[(n * pixels + pixel) * y.c + c]) * activation_slope(op.of.act, z);
            };
            const auto du = [&](int64_t pixel, int64_t c) { return dz(pixel, c) * (1 + scale_shift(c)); };

            double mean_du = 0, mean_du_xhat = 0;  // of gamma du, of gamma du xhat
            for (int64_t c = begin; c < begin + width; ++c) {
                double dscale = 0, dshift = 0;
                for (int64_t pixel = 0; pixel < pixels; ++pixel) {
                    dscale += dz(pixel, c) * u(pixel, c);
                    dshift += dz(pixel, c);
                    dgamma[size_t(c)] += du(pixel, c) * xhat(pixel, c);
                    dbeta[size_t(c)] += du(pixel, c);
                    mean_du += gamma[size_t(c)] * du(pixel, c) / count;
                    mean_du_xhat += gamma[size_t(c)] * du(pixel, c) * xhat(pixel, c) / count;
                }
                if (op.dscale_shift) {
                    launch.put(op.dscale_shift, n * 2 * y.c + c, dscale);
                    launch.put(op.dscale_shift, n * 2 * y.c + y.c + c, dshift);
                }
            }
            for (int64_t pixel = 0; pixel < pixels; ++pixel) {
                for (int64_t c = begin; c < begin + width; ++c) {
                    const double derivative = (gamma[size_t(c)] * du(pixel, c) - mean_du - xhat(pixel, c) * mean_du_xhat) / deviation;
                    if (c < c1 && op.dx) launch.put(op.dx, (n * pixels + pixel) * c1 + c, derivative);
                    if (c >= c1 && op.dx2) launch.put(op.dx2, (n * pixels + pixel) * c2 + c - c1, derivative);
                }
            }
        }
    }
    for (int64_t c = 0; c < y.c; ++c) {
        launch.gradient_at(op.of.weight)[c] += Real(dgamma[size_t(c)]);
        launch.gradient_at(op.of.bias)[c] += Real(dbeta[size_t(c)]);
    }
}

template void reference(const GroupNormGradient&, const ReferenceLaunchOf<float>&);
template void reference(const GroupNormGradient&, const ReferenceLaunchOf<double>&);

}  // namespace lgv
