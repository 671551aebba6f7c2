#include "ops/affine/affine_gradient.h"

namespace lgv {

template <class Real>
void reference(const AffineGradient& op, const ReferenceLaunchOf<Real>& launch) {
    const Shape y = launch.shapes[op.dy];
    const int64_t c1 = launch.shapes[op.of.x].c, c2 = y.c - c1, pixels = y.h * y.w;
    for (int64_t n = 0; n < y.n; ++n) {
        const double divisor = op.of.divisor ? launch.at(op.of.divisor)[n] : Real(1);
        for (int64_t p = n * pixels; p < (n + 1) * pixels; ++p) {
            for (int64_t c = 0; c < y.c; ++c) {
                const double derivative = op.of.scale * double(launch.at(op.dy)[p * y.c + c]) / divisor;
                if (c < c1 && op.dx) launch.put(op.dx, p * c1 + c, derivative);
                if (c >= c1 && op.dx2) launch.put(op.dx2, p * c2 + c - c1, derivative);
            }
        }
    }
}

template void reference(const AffineGradient&, const ReferenceLaunchOf<float>&);
template void reference(const AffineGradient&, const ReferenceLaunchOf<double>&);

}  // namespace lgv
