// The forms of pointwise_kernels.h. Included by pointwise.<isa>.cpp alone, after its vector.*.h. The last vector is masked.
#include "ops/gemm/slope.kernel.h"
#include "ops/pointwise/pointwise_kernels.h"

namespace lgv {
namespace {

template <Activation act>
void slopes(const float* z, const float* dy, int64_t count, float scale, bool add, float* dz) {
    for (int64_t i = 0; i < count; i += lanes) {
        const Mask mask = first(count - i);
        const Vector d = multiply(load(dy + i, mask), activation_slope<act>(load(z + i, mask)));
        store(dz + i, add ? multiply_add(all(scale), d, load(dz + i, mask)) : multiply(all(scale), d), mask);
    }
}

void activation_gradient(const float* z, const float* dy, int64_t count, Activation act, float scale, bool add, float* dz) {
    switch (act) {
        case Activation::none: return slopes<Activation::none>(z, dy, count, scale, add, dz);
        case Activation::silu: return slopes<Activation::silu>(z, dy, count, scale, add, dz);
        case Activation::mish: return slopes<Activation::mish>(z, dy, count, scale, add, dz);
        case Activation::gelu: return slopes<Activation::gelu>(z, dy, count, scale, add, dz);
        case Activation::relu: return slopes<Activation::relu>(z, dy, count, scale, add, dz);
    }
}

void scaled(const float* x, int64_t count, float scale, bool add, float* out) {
    for (int64_t i = 0; i < count; i += lanes) {
        const Mask mask = first(count - i);
        const Vector v = load(x + i, mask);
        store(out + i, add ? multiply_add(all(scale), v, load(out + i, mask)) : multiply(all(scale), v), mask);
    }
}

}  // namespace
}  // namespace lgv
