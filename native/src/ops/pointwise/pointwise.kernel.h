// The forms of pointwise_kernels.h. Included by pointwise.<isa>.cpp alone, after its vector.*.h.
#include "ops/gemm/slope.kernel.h"
#include "ops/pointwise/pointwise_kernels.h"

namespace lgv {
namespace {

// Of the numbers that are there. A masked store is slow on some processors, so only the last vector has one.
inline void put(Vector v, float scale, bool add, float* to) { store(to, add ? multiply_add(all(scale), v, load(to)) : multiply(all(scale), v)); }
inline void put(Vector v, float scale, bool add, float* to, Mask mask) {
    store(to, add ? multiply_add(all(scale), v, load(to, mask)) : multiply(all(scale), v), mask);
}

template <Activation act>
void slopes(const float* z, const float* dy, int64_t count, float scale, bool add, float* dz) {
    int64_t i = 0;
    for (; i + lanes <= count; i += lanes) put(multiply(load(dy + i), activation_slope<act>(load(z + i))), scale, add, dz + i);
    const Mask mask = first(count - i);
    if (i < count) put(multiply(load(dy + i, mask), activation_slope<act>(load(z + i, mask))), scale, add, dz + i, mask);
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
    int64_t i = 0;
    for (; i + lanes <= count; i += lanes) put(load(x + i), scale, add, out + i);
    const Mask mask = first(count - i);
    if (i < count) put(load(x + i, mask), scale, add, out + i, mask);
}

}  // namespace
}  // namespace lgv
