// The equation of conv.h, tap by tap, summed in double: the oracle of every other form.
#include <vector>

#include "ops/conv/conv.h"
#include "ops/weights.h"

namespace lgv {

template <class Real>
void reference(const Conv2d& op, const ReferenceLaunchOf<Real>& launch) {
    check_parameters(op, launch.shapes, launch.weights);
    const Shape x = launch.shapes[op.x], y = launch.shapes[launch.out];
    const int64_t c1 = x.c, c2 = op.x2 ? launch.shapes[op.x2].c : 0, channels = c1 + c2, r_size = op.kernel;
    const int64_t zoom = op.upsample ? 2 : 1;
    const std::vector<float> weight = launch.weights.values(op.weight);
    const std::vector<float> bias = op.bias ? launch.weights.values(op.bias) : std::vector<float>(size_t(y.c));
    const Real* source = launch.at(op.x);
    const Real* source2 = op.x2 ? launch.at(op.x2) : nullptr;
    const Real* time = op.time ? launch.at(op.time) : nullptr;
    const Real* residual = op.residual ? launch.at(op.residual) : nullptr;
    Real* out = launch.at(launch.out);

    std::vector<double> sum(size_t(y.c));
    for (int64_t n = 0; n < y.n; ++n)
        for (int64_t oy = 0; oy < y.h; ++oy)
            for (int64_t ox = 0; ox < y.w; ++ox) {
                for (int64_t k = 0; k < y.c; ++k) sum[size_t(k)] = double(bias[size_t(k)]) + (time ? time[n * y.c + k] : 0.0f);
                for (int64_t r = 0; r < r_size; ++r)
                    for (int64_t s = 0; s < r_size; ++s) {
                        const int64_t iy = oy * op.stride + r - op.pad.top, ix = ox * op.stride + s - op.pad.left;
                        if (iy < 0 || ix < 0 || iy >= x.h * zoom || ix >= x.w * zoom) continue;
                        const int64_t pixel = (n * x.h + iy / zoom) * x.w + ix / zoom;
                        for (int64_t c = 0; c < channels; ++c) {
                            const double value = c < c1 ? source[pixel * c1 + c] : source2[pixel * c2 + c - c1];
                            const float* const w = weight.data() + (c * r_size + r) * r_size + s;
                            for (int64_t k = 0; k < y.c; ++k) sum[size_t(k)] += value * w[k * channels * r_size * r_size];
                        }
                    }
                const int64_t pixel = (n * y.h + oy) * y.w + ox;
                for (int64_t k = 0; k < y.c; ++k) {
                    const double added = residual ? residual[pixel * y.c + k] : 0.0f;
                    out[pixel * y.c + k] = Real((sum[size_t(k)] + added) * op.scale);
                }
            }
}

template void reference(const Conv2d&, const ReferenceLaunchOf<float>&);
template void reference(const Conv2d&, const ReferenceLaunchOf<double>&);

}  // namespace lgv
