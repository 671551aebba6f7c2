#include <algorithm>
#include <cmath>
#include <vector>

#include "ops/attention/attention.h"

namespace lgv {

template <class Real>
void reference(const Attention& op, const ReferenceLaunchOf<Real>& launch) {
    const Shape& shape = launch.shapes[op.q];
    const int64_t length = shape.h * shape.w, d = shape.c / op.heads;
    const double scale = 1 / std::sqrt(double(d));
    std::vector<double> p(static_cast<size_t>(length));
    for (int64_t n = 0; n < shape.n; ++n) {
        for (int64_t head = 0; head < op.heads; ++head) {
            const auto row = [&](Value value, int64_t pixel) { return launch.at(value) + (n * length + pixel) * shape.c + head * d; };
            for (int64_t i = 0; i < length; ++i) {
                for (int64_t j = 0; j < length; ++j) {
                    double sum = 0;
                    for (int64_t c = 0; c < d; ++c) sum += double(row(op.q, i)[c]) * row(op.k, j)[c];
                    p[size_t(j)] = sum * scale;
                }
                const double largest = *std::max_element(p.begin(), p.end());
                double total = 0;
                for (double& value : p) total += value = std::exp(value - largest);
                for (int64_t c = 0; c < d; ++c) {
                    double sum = 0;
                    for (int64_t j = 0; j < length; ++j) sum += p[size_t(j)] * row(op.v, j)[c];
                    row(launch.out, i)[c] = Real(sum / total);
                }
            }
        }
    }
}

template void reference(const Attention&, const ReferenceLaunchOf<float>&);
template void reference(const Attention&, const ReferenceLaunchOf<double>&);

}  // namespace lgv
