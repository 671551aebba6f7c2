#include <algorithm>
#include <cmath>
#include <vector>

#include "ops/attention/attention_gradient.h"

namespace lgv {

template <class Real>
void reference(const AttentionGradient& op, const ReferenceLaunchOf<Real>& launch) {
    const Shape shape = output_shape(op.of, launch.shapes);
    const int64_t length = shape.h * shape.w, d = shape.c / op.of.heads;
    const double scale = 1 / std::sqrt(double(d));
    std::vector<double> p(static_cast<size_t>(length * length)), ds(p.size());
    for (int64_t n = 0; n < shape.n; ++n) {
        for (int64_t head = 0; head < op.of.heads; ++head) {
            const auto place = [&](int64_t pixel, int64_t c) { return (n * length + pixel) * shape.c + head * d + c; };
            const auto dot = [&](Value a, int64_t i, Value b, int64_t j) {
                double sum = 0;
                for (int64_t c = 0; c < d; ++c) sum += double(launch.at(a)[place(i, c)]) * double(launch.at(b)[place(j, c)]);
                return sum;
            };
            for (int64_t i = 0; i < length; ++i) {
                double *row = p.data() + i * length, *slope = ds.data() + i * length;
                for (int64_t j = 0; j < length; ++j) row[j] = dot(op.of.q, i, op.of.k, j) * scale;
                const double most = *std::max_element(row, row + length);
                double total = 0, mean = 0;  // mean: the sum over keys of P dP
                for (int64_t j = 0; j < length; ++j) total += row[j] = std::exp(row[j] - most);
                for (int64_t j = 0; j < length; ++j) {
                    row[j] /= total;
                    slope[j] = dot(op.dy, i, op.of.v, j);
                    mean += row[j] * slope[j];
                }
                for (int64_t j = 0; j < length; ++j) slope[j] = row[j] * (slope[j] - mean);
            }
            for (int64_t i = 0; i < length; ++i) {
                for (int64_t c = 0; c < d; ++c) {
                    double dq = 0, dk = 0, dv = 0;
                    for (int64_t j = 0; j < length; ++j) {
                        dq += ds[size_t(i * length + j)] * double(launch.at(op.of.k)[place(j, c)]);
                        dk += ds[size_t(j * length + i)] * double(launch.at(op.of.q)[place(j, c)]);
                        dv += p[size_t(j * length + i)] * double(launch.at(op.dy)[place(j, c)]);
                    }
                    launch.put(op.dq, place(i, c), dq * scale);
                    launch.put(op.dk, place(i, c), dk * scale);
                    launch.put(op.dv, place(i, c), dv);
                }
            }
        }
    }
}

template void reference(const AttentionGradient&, const ReferenceLaunchOf<float>&);
template void reference(const AttentionGradient&, const ReferenceLaunchOf<double>&);

}  // namespace lgv
