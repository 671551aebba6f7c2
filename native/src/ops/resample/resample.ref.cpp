// By the definition, which is another way than that of the fast form: up-sampling puts zeros between the pixels and filters, down-sampling filters
// and leaves out every second pixel.
#include <vector>

#include "ops/resample/resample.h"

namespace lgv {

template <class Real>
void reference(const Resample& op, const ReferenceLaunchOf<Real>& launch) {
    const Shape x = launch.shapes[op.x], y = launch.shapes[launch.out];
    const bool down = halves(op.kind);
    const bool fir = op.kind == ResampleKind::fir_down || op.kind == ResampleKind::fir_up;
    // A filter along one axis, its gain, and how many zeros lie before the first pixel.
    const std::vector<double> filter = fir ? std::vector<double>{1, 3, 3, 1} : std::vector<double>{1, 1};
    double sum = 0;
    for (const double tap : filter) sum += tap;
    const double gain = (down ? 1 : 2) / sum;
    const int64_t zoom = down ? 1 : 2, stride = down ? 2 : 1, before = down ? (fir ? 1 : 0) : (fir ? 2 : 1);
    const auto size = int64_t(filter.size());
    for (int64_t n = 0; n < y.n; ++n)
        for (int64_t i = 0; i < y.h; ++i)
            for (int64_t j = 0; j < y.w; ++j)
                for (int64_t c = 0; c < y.c; ++c) {
                    double total = 0;
                    for (int64_t r = 0; r < size; ++r)
                        for (int64_t s = 0; s < size; ++s) {
                            const int64_t row = i * stride + r - before, column = j * stride + s - before;
                            if (row < 0 || column < 0 || row >= x.h * zoom || column >= x.w * zoom) continue;
                            if (row % zoom != 0 || column % zoom != 0) continue;  // a zero between pixels
                            const double value = launch.at(op.x)[((n * x.h + row / zoom) * x.w + column / zoom) * x.c + c];
                            total += filter[size_t(r)] * gain * filter[size_t(s)] * gain * value;
                        }
                    launch.at(launch.out)[((n * y.h + i) * y.w + j) * y.c + c] = Real(total);
                }
}

template void reference(const Resample&, const ReferenceLaunchOf<float>&);
template void reference(const Resample&, const ReferenceLaunchOf<double>&);

}  // namespace lgv
