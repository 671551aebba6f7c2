#include <cmath>

#include "ops/optimizer/optimizer.h"

namespace lgv {

void adam_update_reference(const AdamUpdate& how, const TrainedArenas& arenas, std::span<const MovingAverage> averages) {
    const double correction1 = 1 - std::pow(how.beta1, double(how.step)), correction2 = 1 - std::pow(how.beta2, double(how.step));
    for (int64_t i = 0; i < arenas.count; ++i) {
        double w = double(arenas.weights[i]), g = how.gradient_scale * double(arenas.gradients[i]);
        if (how.decoupled)
            w -= how.learning_rate * how.weight_decay * w;
        else
            g += how.weight_decay * w;
        const double m = how.beta1 * double(arenas.first_moments[i]) + (1 - how.beta1) * g;
        const double v = how.beta2 * double(arenas.second_moments[i]) + (1 - how.beta2) * g * g;
        w -= how.learning_rate / correction1 * m / (std::sqrt(v) / std::sqrt(correction2) + how.eps);
        arenas.weights[i] = float(w);
        arenas.first_moments[i] = float(m);
        arenas.second_moments[i] = float(v);
        arenas.gradients[i] = 0;
        for (const MovingAverage& average : averages) {
            const double before = double(average.values[i]);
            average.values[i] = float(before + (1 - average.decay) * (double(arenas.weights[i]) - before));
        }
    }
}

}  // namespace lgv
