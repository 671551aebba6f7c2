#include "base/philox.h"
#include "ops/dropout/dropout.h"

namespace lgv {

namespace {

// keys: two words an image, in the room of a Real each (as labels have theirs).
template <class Real>
double factor_of(const Dropout& op, const ReferenceLaunchOf<Real>& launch, int64_t image, int64_t e) {
    const uint32_t* key = reinterpret_cast<const uint32_t*>(launch.at(op.key)) + 2 * image;
    const uint64_t seed = key[0] | uint64_t{key[1]} << 32;
    const uint32_t word = philox_words(seed, uint32_t(op.layer), Purpose::dropout, uint32_t(e / 4)).w[e % 4];
    return double(word) >= double(op.p) * 4294967296.0 ? 1 / (1 - double(op.p)) : 0;
}

}  // namespace

template <class Real>
void reference(const Dropout& op, const ReferenceLaunchOf<Real>& launch) {
    const Shape& shape = launch.shapes[op.x];
    const int64_t size = shape.per_image();
    for (int64_t n = 0; n < shape.n; ++n)
        for (int64_t e = 0; e < size; ++e) launch.at(launch.out)[n * size + e] = Real(launch.at(op.x)[n * size + e] * factor_of(op, launch, n, e));
}

template <class Real>
void reference(const DropoutGradient& op, const ReferenceLaunchOf<Real>& launch) {
    const Shape& shape = launch.shapes[op.dy];
    const int64_t size = shape.per_image();
    for (int64_t n = 0; n < shape.n; ++n)
        for (int64_t e = 0; e < size; ++e) launch.put(op.dx, n * size + e, launch.at(op.dy)[n * size + e] * factor_of(op.of, launch, n, e));
}

template void reference(const Dropout&, const ReferenceLaunchOf<float>&);
template void reference(const Dropout&, const ReferenceLaunchOf<double>&);
template void reference(const DropoutGradient&, const ReferenceLaunchOf<float>&);
template void reference(const DropoutGradient&, const ReferenceLaunchOf<double>&);

}  // namespace lgv
