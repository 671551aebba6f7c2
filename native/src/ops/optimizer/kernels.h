// The loops of the optimizer, compiled for AVX2 and FMA. Every operation is correctly rounded and every element alone, so wider registers would change
// no bit of an update; nor would they gain time, since memory is the bound.
#pragma once

#include <cstdint>

namespace lgv::optimizer_kernels {

// An AdamUpdate as the loop wants it.
struct AdamNumbers {
    float gradient_scale;
    float decay;       // decoupled: what w is multiplied with; else the share of w that joins the gradient
    bool decoupled;
    bool from_gradient;  // m = g + lerp * (g - m); else m = m + lerp * (g - m)
    float lerp;
    float beta2, one_minus_beta2;
    float inverse_root;  // 1 / sqrt(1 - beta2^step)
    float eps;
    float step_size;  // lr / (1 - beta1^step)
};

// A task's elements: arrays of n numbers, none of them overlapping.
void adam(const AdamNumbers& numbers, float* w, float* gradient, float* m, float* v, int64_t n);

// average += share * (w - average)
void average(float* average, float share, const float* w, int64_t n);

// In 16 partial sums of every sixteenth number, then those from the first to the last.
double sum_of_squares(const float* x, int64_t n);

}  // namespace lgv::optimizer_kernels
