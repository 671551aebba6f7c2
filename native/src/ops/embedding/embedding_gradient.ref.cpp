#include "ops/embedding/embedding_gradient.h"

namespace lgv {

template <class Real>
void reference(const LabelEmbeddingGradient& op, const ReferenceLaunchOf<Real>& launch) {
    const Shape& shape = launch.shapes[op.dy];
    const auto* label = reinterpret_cast<const int32_t*>(launch.at(op.of.label));
    const Real* dy = launch.at(op.dy);
    Real* dtable = launch.gradient_at(op.of.table);
    for (int64_t image = 0; image < shape.n; ++image)
        for (int64_t c = 0; c < shape.c; ++c) dtable[label[image] * shape.c + c] += dy[image * shape.c + c];
}

template void reference(const LabelEmbeddingGradient&, const ReferenceLaunchOf<float>&);
template void reference(const LabelEmbeddingGradient&, const ReferenceLaunchOf<double>&);

}  // namespace lgv
