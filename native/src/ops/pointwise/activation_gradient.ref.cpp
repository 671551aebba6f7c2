#include "ops/activation.h"
#include "ops/pointwise/activation_gradient.h"

namespace lgv {

template <class Real>
void reference(const ActivationGradient& op, const ReferenceLaunchOf<Real>& launch) {
    const Real *z = launch.at(op.z), *dy = launch.at(op.dy);
    for (int64_t i = 0; i < launch.shapes[op.z].elements(); ++i) launch.put(op.dz, i, op.scale * (dy[i] * activation_slope(op.act, z[i])));
}

template void reference(const ActivationGradient&, const ReferenceLaunchOf<float>&);
template void reference(const ActivationGradient&, const ReferenceLaunchOf<double>&);

}  // namespace lgv
