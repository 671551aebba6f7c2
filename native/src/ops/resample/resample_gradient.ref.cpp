// The transpose of what resample.ref.cpp does, step for step: each output gives its derivative to the pixels that its filter met. The fast form
// goes the other way, from each pixel to the outputs that read it.
#include <vector>

#include "ops/resample/resample_gradient.h"

namespace lgv {

template <class Real>
void reference(const ResampleGradient& op, const ReferenceLaunchOf<Real>& launch) {
    const Shape x = launch.shapes[op.of.x], y = launch.shapes[op.dy];
    const ResampleKind kind = op.of.kind;
    const bool down = halves(kind);
    const bool fir = kind == ResampleKind::fir_down || kind == ResampleKind::fir_up;
    const std::vector<double> filter = fir ? std::vector<double>{1, 3, 3, 1} : std::vector<double>{1, 1};
    const auto size = int64_t(filter.size());
    double sum = 0;
    for (const double tap : filter) sum += tap;
    const double gain = (down ? 1 : 2) / sum;
    const int64_t zoom = down ? 1 : 2, stride = down ? 2 : 1, before = down ? (fir ? 1 : 0) : (fir ? 2 : 1);
    std::vector<double> dx(size_t(x.elements()));
    for (int64_t n = 0; n < y.n; ++n)
        for (int64_t i = 0; i < y.h; ++i)
            for (int64_t j = 0; j < y.w; ++j)
                for (int64_t r = 0; r < size; ++r)
                    for (int64_t s = 0; s < size; ++s) {
                        const int64_t row = i * stride + r - before, column = j * stride + s - before;
                        if (row < 0 || column < 0 || row >= x.h * zoom || column >= x.w * zoom) continue;
                        if (row % zoom != 0 || column % zoom != 0) continue;  // a zero between pixels
                        for (int64_t c = 0; c < y.c; ++c) {
                            const double dy = launch.at(op.dy)[((n * y.h + i) * y.w + j) * y.c + c];
                            dx[size_t(((n * x.h + row / zoom) * x.w + column / zoom) * x.c + c)] += filter[size_t(r)] * gain * filter[size_t(s)] * gain * dy;
                        }
                    }
    for (int64_t e = 0; e < x.elements(); ++e) launch.put(op.dx, e, dx[size_t(e)]);
}

template void reference(const ResampleGradient&, const ReferenceLaunchOf<float>&);
template void reference(const ResampleGradient&, const ReferenceLaunchOf<double>&);

}  // namespace lgv
