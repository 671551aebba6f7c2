#include "ops/pool/mean_pixels.h"

namespace lgv {

template <class Real>
void reference(const MeanPixels& op, const ReferenceLaunchOf<Real>& launch) {
    const Shape& x = launch.shapes[op.x];
    const int64_t pixels = x.h * x.w;
    for (int64_t n = 0; n < x.n; ++n)
        for (int64_t c = 0; c < x.c; ++c) {
            double sum = 0;
            for (int64_t p = 0; p < pixels; ++p) sum += double(launch.at(op.x)[(n * pixels + p) * x.c + c]);
            launch.at(launch.out)[n * x.c + c] = Real(sum / double(pixels));
        }
}

template void reference(const MeanPixels&, const ReferenceLaunchOf<float>&);
template void reference(const MeanPixels&, const ReferenceLaunchOf<double>&);

}  // namespace lgv
