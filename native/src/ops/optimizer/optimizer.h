// What turns accumulated gradients into new weights: AdamW (Loshchilov & Hutter 2019) or Adam (Kingma & Ba 2015) as PyTorch's torch.optim has them,
// and exponential moving averages of the weights. One sweep over flat arenas: per number 4 reads and 4 writes, 2 more for each average; bound by memory.
//
//     g  = gradient_scale * gradient                     clipping by global norm and the division by the number of images, in one factor
//     g += weight_decay * w        (Adam)                w *= 1 - lr * weight_decay        (AdamW, before the rest)
//     m += (1 - beta1) * (g - m)                         v = beta2 * v + (1 - beta2) * g * g
//     w -= lr / (1 - beta1^step) * m / (sqrt(v) / sqrt(1 - beta2^step) + eps)
//     average += (1 - decay) * (w - average)             for each average, with the new w
//     gradient = 0
//
// Coefficients that do not depend on the element are made in double and rounded once. Where beta1 < 1/2, m is g - beta1 * (g - m), which is g itself
// without a beta1 (so is torch.lerp). Every element is computed alone: no bit depends on the threads, or on where an arena begins.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "device/cpu/team.h"

namespace lgv {

struct AdamUpdate {
    double learning_rate = 1e-4;
    double beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0;
    bool decoupled = true;       // AdamW; false: Adam, whose decay is part of the gradient
    int64_t step = 1;            // of the first update 1
    double gradient_scale = 1;
};

struct MovingAverage {
    float* values = nullptr;
    double decay = 0;
};

struct TrainedArenas {
    float* weights = nullptr;
    float* gradients = nullptr;
    float* first_moments = nullptr;
    float* second_moments = nullptr;
    int64_t count = 0;
};

// The sum of squares in double, in an order of its own whatever the threads: blocks of 65536, added from the first to the last. Infinite or NaN where
// a gradient is, and only there: squares of floats do not overflow a double.
double squared_norm(ThreadTeam& team, const float* gradients, int64_t count);

constexpr size_t most_averages = 4;

// At most `most_averages` go along. The reference computes each element in double and rounds what it stores.
void adam_update(ThreadTeam& team, const AdamUpdate& how, const TrainedArenas& arenas, std::span<const MovingAverage> averages);
void adam_update_reference(const AdamUpdate& how, const TrainedArenas& arenas, std::span<const MovingAverage> averages);

}  // namespace lgv
