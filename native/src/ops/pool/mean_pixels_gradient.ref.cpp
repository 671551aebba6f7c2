#include "ops/pool/mean_pixels_gradient.h"

namespace lgv {

template <class Real>
void reference(const MeanPixelsGradient& op, const ReferenceLaunchOf<Real>& launch) {
    const Shape& x = launch.shapes[op.of.x];
    const int64_t pixels = x.h * x.w;
    for (int64_t n = 0; n < x.n; ++n)
        for (int64_t p = 0; p < pixels; ++p)
            for (int64_t c = 0; c < x.c; ++c) launch.put(op.dx, (n * pixels + p) * x.c + c, double(launch.at(op.dy)[n * x.c + c]) / double(pixels));
}

template void reference(const MeanPixelsGradient&, const ReferenceLaunchOf<float>&);
template void reference(const MeanPixelsGradient&, const ReferenceLaunchOf<double>&);

}  // namespace lgv
