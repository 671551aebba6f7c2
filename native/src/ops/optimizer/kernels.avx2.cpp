// Plain loops over arrays, of which the compiler makes AVX2 vectors.
#include "ops/optimizer/kernels.h"

#include "base/host_device.h"
#include "ops/gemm/vector.avx2.h"

namespace lgv::optimizer_kernels {

namespace {

template <bool decoupled, bool from_gradient>
void adam_of(const AdamNumbers& numbers, float* __restrict w, float* __restrict gradient, float* __restrict m, float* __restrict v, int64_t n) {
    const AdamNumbers k = numbers;
    for (int64_t i = 0; i < n; ++i) {
        float g = k.gradient_scale * gradient[i], weight = w[i];
        if (decoupled)
            weight = k.decay * weight;
        else
            g = fused(k.decay, weight, g);
        const float first = fused(k.lerp, g - m[i], from_gradient ? g : m[i]);
        const float second = fused(k.one_minus_beta2 * g, g, k.beta2 * v[i]);
        const float denominator = fused(root(second), k.inverse_root, k.eps);
        w[i] = weight - k.step_size * first / denominator;
        m[i] = first;
        v[i] = second;
        gradient[i] = 0;
    }
}

}  // namespace

void adam(const AdamNumbers& numbers, float* w, float* gradient, float* m, float* v, int64_t n) {
    if (numbers.decoupled)
        numbers.from_gradient ? adam_of<true, true>(numbers, w, gradient, m, v, n) : adam_of<true, false>(numbers, w, gradient, m, v, n);
    else
        numbers.from_gradient ? adam_of<false, true>(numbers, w, gradient, m, v, n) : adam_of<false, false>(numbers, w, gradient, m, v, n);
}

void average(float* __restrict average, float share, const float* __restrict w, int64_t n) {
    for (int64_t i = 0; i < n; ++i) average[i] = fused(share, w[i] - average[i], average[i]);
}

double sum_of_squares(const float* x, int64_t n) {
    Doubles even = no_doubles(), odd = no_doubles();
    const auto add_squares = [](Vector v, Doubles& to) {
        const Doubles d = widen(v);
        to = multiply_add(d, d, to);
    };
    int64_t i = 0;
    for (; i + 2 * lanes <= n; i += 2 * lanes) {
        add_squares(load(x + i), even);
        add_squares(load(x + i + lanes), odd);
    }
    if (i < n) add_squares(load(x + i, first(n - i)), even);
    if (i + lanes < n) add_squares(load(x + i + lanes, first(n - i - lanes)), odd);
    double parts[2 * lanes], sum = 0;
    store(parts, even);
    store(parts + lanes, odd);
    for (const double part : parts) sum += part;
    return sum;
}

}  // namespace lgv::optimizer_kernels
