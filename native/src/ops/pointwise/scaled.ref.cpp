#include "ops/pointwise/scaled.h"

namespace lgv {

template <class Real>
void reference(const Scaled& op, const ReferenceLaunchOf<Real>& launch) {
    const Real* x = launch.at(op.x);
    for (int64_t i = 0; i < launch.shapes[op.x].elements(); ++i) launch.put(op.out, i, op.scale * double(x[i]));
}

template void reference(const Scaled&, const ReferenceLaunchOf<float>&);
template void reference(const Scaled&, const ReferenceLaunchOf<double>&);

}  // namespace lgv
