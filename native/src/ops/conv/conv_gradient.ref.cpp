// The equations of conv_gradient.h, output pixel by output pixel and tap by tap, summed in double: the oracle of every other form.
#include <vector>

#include "ops/conv/conv_gradient.h"
#include "ops/weights.h"

namespace lgv {

namespace {

// Calls use(pixel of x, pixel of y, r, s) for every pixel and tap of image n in which y reads x.
template <class Use>
void for_each_read(const Conv2d& op, const Shape& x, const Shape& y, int64_t n, const Use& use) {
    const int64_t zoom = op.upsample ? 2 : 1;
    for (int64_t oy = 0; oy < y.h; ++oy)
        for (int64_t ox = 0; ox < y.w; ++ox)
            for (int64_t r = 0; r < op.kernel; ++r)
                for (int64_t s = 0; s < op.kernel; ++s) {
                    const int64_t iy = oy * op.stride + r - op.pad.top, ix = ox * op.stride + s - op.pad.left;
                    if (iy < 0 || ix < 0 || iy >= x.h * zoom || ix >= x.w * zoom) continue;
                    use((n * x.h + iy / zoom) * x.w + ix / zoom, (n * y.h + oy) * y.w + ox, r, s);
                }
}

// [tap][k][c] from [k][c][tap].
std::vector<double> taps_first(const std::vector<float>& weight, int64_t taps) {
    const int64_t pairs = int64_t(weight.size()) / taps;
    std::vector<double> turned(weight.size());
    for (int64_t pair = 0; pair < pairs; ++pair)
        for (int64_t tap = 0; tap < taps; ++tap) turned[size_t(tap * pairs + pair)] = weight[size_t(pair * taps + tap)];
    return turned;
}

}  // namespace

template <class Real>
void reference(const Conv2dDataGradient& op, const ReferenceLaunchOf<Real>& launch) {
    check_parameters(op.of, launch.shapes, launch.weights);
    const Shape x = launch.shapes[op.of.x], y = launch.shapes[op.dy];
    const int64_t c1 = x.c, c2 = op.of.x2 ? launch.shapes[op.of.x2].c : 0, channels = c1 + c2, kernel = op.of.kernel;
    const std::vector<double> weight = taps_first(launch.weights.values(op.of.weight), kernel * kernel);  // [r][s][k][c]
    const Real* dy = launch.at(op.dy);
    std::vector<double> sum(size_t(x.n * x.h * x.w * channels));
    for (int64_t n = 0; n < x.n; ++n)
        for_each_read(op.of, x, y, n, [&](int64_t from, int64_t to, int64_t r, int64_t s) {
            for (int64_t k = 0; k < y.c; ++k) {
                const double derivative = dy[to * y.c + k];
                const double* const w = weight.data() + ((r * kernel + s) * y.c + k) * channels;
                for (int64_t c = 0; c < channels; ++c) sum[size_t(from * channels + c)] += w[c] * derivative;
            }
        });
    for (int64_t pixel = 0; pixel < x.n * x.h * x.w; ++pixel)
        for (int64_t c = 0; c < channels; ++c) {
            const double derivative = op.of.scale * sum[size_t(pixel * channels + c)];
            if (c < c1 && op.dx) launch.put(op.dx, pixel * c1 + c, derivative);
            if (c >= c1 && op.dx2) launch.put(op.dx2, pixel * c2 + c - c1, derivative);
        }
}

template <class Real>
void reference(const Conv2dWeightGradient& op, const ReferenceLaunchOf<Real>& launch) {
    const Shape x = launch.shapes[op.of.x], y = launch.shapes[op.dy];
    const int64_t c1 = x.c, c2 = op.of.x2 ? launch.shapes[op.of.x2].c : 0, channels = c1 + c2, kernel = op.of.kernel;
    const Real* dy = launch.at(op.dy);
    const Real* source = launch.at(op.of.x);
    const Real* source2 = op.of.x2 ? launch.at(op.of.x2) : nullptr;
    std::vector<double> dw(size_t(kernel * kernel * channels * y.c)), dbias(static_cast<size_t>(y.c));
    for (int64_t n = 0; n < y.n; ++n) {
        for_each_read(op.of, x, y, n, [&](int64_t from, int64_t to, int64_t r, int64_t s) {
            for (int64_t c = 0; c < channels; ++c) {
                const double value = c < c1 ? source[from * c1 + c] : source2[from * c2 + c - c1];
                double* const sum = dw.data() + ((r * kernel + s) * channels + c) * y.c;  // [r][s][c][k]
                for (int64_t k = 0; k < y.c; ++k) sum[k] += value * dy[to * y.c + k];
            }
        });
        for (int64_t k = 0; k < y.c; ++k) {
            double sum = 0;
            for (int64_t pixel = n * y.h * y.w; pixel < (n + 1) * y.h * y.w; ++pixel) sum += dy[pixel * y.c + k];
            dbias[size_t(k)] += sum;
            if (op.dtime) launch.put(op.dtime, n * y.c + k, op.of.scale * sum);
        }
    }
    Real* const to = launch.gradient_at(op.of.weight);
    for (int64_t tap = 0; tap < kernel * kernel; ++tap)
        for (int64_t c = 0; c < channels; ++c)
            for (int64_t k = 0; k < y.c; ++k) {
                Real& there = to[(k * channels + c) * kernel * kernel + tap];
                there = Real(there + op.of.scale * dw[size_t((tap * channels + c) * y.c + k)]);
            }
    if (!op.of.bias) return;
    Real* const to_bias = launch.gradient_at(op.of.bias);
    for (int64_t k = 0; k < y.c; ++k) to_bias[k] = Real(to_bias[k] + op.of.scale * dbias[size_t(k)]);
}

template void reference(const Conv2dDataGradient&, const ReferenceLaunchOf<float>&);
template void reference(const Conv2dDataGradient&, const ReferenceLaunchOf<double>&);
template void reference(const Conv2dWeightGradient&, const ReferenceLaunchOf<float>&);
template void reference(const Conv2dWeightGradient&, const ReferenceLaunchOf<double>&);

}  // namespace lgv
