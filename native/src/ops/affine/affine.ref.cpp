#include "ops/affine/affine.h"

namespace lgv {

template <class Real>
void reference(const Affine& op, const ReferenceLaunchOf<Real>& launch) {
    const Shape y = launch.shapes[launch.out];
    const int64_t c1 = launch.shapes[op.x].c, c2 = y.c - c1, pixels = y.h * y.w;
    for (int64_t n = 0; n < y.n; ++n) {
        for (int64_t p = n * pixels; p < (n + 1) * pixels; ++p) {
            for (int64_t c = 0; c < y.c; ++c) {
                const double x = c < c1 ? launch.at(op.x)[p * c1 + c] : launch.at(op.x2)[p * c2 + c - c1];
                const double divisor = op.divisor ? launch.at(op.divisor)[n] : 1.0f;
                launch.at(launch.out)[p * y.c + c] = Real((op.scale * x + op.shift) / divisor);
            }
        }
    }
}

template void reference(const Affine&, const ReferenceLaunchOf<float>&);
template void reference(const Affine&, const ReferenceLaunchOf<double>&);

}  // namespace lgv
