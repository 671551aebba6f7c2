#include <algorithm>
#include <cmath>

#include "ops/loss/cross_entropy.h"

namespace lgv {

template <class Real>
void reference(const CrossEntropy& op, const ReferenceLaunchOf<Real>& launch) {
    const Shape& shape = launch.shapes[op.logits];
    const int64_t classes = shape.c;
    const auto* labels = reinterpret_cast<const int32_t*>(launch.at(op.label));
    for (int64_t n = 0; n < shape.n; ++n) {
        const Real* logits = launch.at(op.logits) + n * classes;
        const double weight = launch.at(op.weight)[n], largest = double(*std::max_element(logits, logits + classes));
        double sum = 0;
        for (int64_t k = 0; k < classes; ++k) sum += std::exp(double(logits[k]) - largest);
        launch.put(op.loss, n, weight * (std::log(sum) - (double(logits[labels[n]]) - largest)));
        for (int64_t k = 0; k < classes; ++k) {
            const double probability = std::exp(double(logits[k]) - largest) / sum;
            launch.put(op.dlogits, n * classes + k, weight * (probability - (k == labels[n] ? 1 : 0)));
        }
    }
}

template void reference(const CrossEntropy&, const ReferenceLaunchOf<float>&);
template void reference(const CrossEntropy&, const ReferenceLaunchOf<double>&);

}  // namespace lgv
