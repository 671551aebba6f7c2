#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "ops/optimizer/kernels.h"
#include "ops/optimizer/optimizer.h"

namespace lgv {

namespace {

constexpr int64_t block = 65536;  // a task, and what is summed by itself

// Within a task so many at a time: the new weights are still in the first-level cache when the averages read them.
constexpr int64_t chunk = 1024;

optimizer_kernels::AdamNumbers numbers_of(const AdamUpdate& how) {
    const double share = 1 - how.beta1;
    const bool from_gradient = share >= 0.5;
    return {
        .gradient_scale = float(how.gradient_scale),
        .decay = float(how.decoupled ? 1 - how.learning_rate * how.weight_decay : how.weight_decay),
        .decoupled = how.decoupled,
        .from_gradient = from_gradient,
        .lerp = float(from_gradient ? -how.beta1 : share),
        .beta2 = float(how.beta2),
        .one_minus_beta2 = float(1 - how.beta2),
        .inverse_root = float(1 / std::sqrt(1 - std::pow(how.beta2, double(how.step)))),
        .eps = float(how.eps),
        .step_size = float(how.learning_rate / (1 - std::pow(how.beta1, double(how.step)))),
    };
}

void check(const AdamUpdate& how, const TrainedArenas& arenas, std::span<const MovingAverage> averages) {
    expect(how.step >= 1, Code::argument, "adam: step ", how.step, ", the first update is step 1");
    expect(how.beta1 >= 0 && how.beta1 < 1 && how.beta2 >= 0 && how.beta2 < 1, Code::argument, "adam: betas ", how.beta1, " and ", how.beta2,
           " are not within 0 and 1");
    expect(arenas.count >= 0, Code::argument, "adam: ", arenas.count, " weights");
    expect(averages.size() <= most_averages, Code::argument, "adam: ", averages.size(), " averages, at most ", most_averages, " go along");
}

}  // namespace

double squared_norm(ThreadTeam& team, const float* gradients, int64_t count) {
    std::vector<double> sums(size_t((count + block - 1) / block));
    team.run(int64_t(sums.size()), [&](int64_t task, int) {
        const int64_t begin = task * block;
        sums[size_t(task)] = optimizer_kernels::sum_of_squares(gradients + begin, std::min(block, count - begin));
    });
    double all = 0;
    for (const double sum : sums) all += sum;
    return all;
}

void adam_update(ThreadTeam& team, const AdamUpdate& how, const TrainedArenas& arenas, std::span<const MovingAverage> averages) {
    check(how, arenas, averages);
    const optimizer_kernels::AdamNumbers numbers = numbers_of(how);
    float shares[most_averages] = {};
    for (size_t k = 0; k < averages.size(); ++k) shares[k] = float(1 - averages[k].decay);
    team.run((arenas.count + block - 1) / block, [&](int64_t task, int) {
        const int64_t end = std::min((task + 1) * block, arenas.count);
        for (int64_t at = task * block; at < end; at += chunk) {
            const int64_t n = std::min(chunk, end - at);
            optimizer_kernels::adam(numbers, arenas.weights + at, arenas.gradients + at, arenas.first_moments + at, arenas.second_moments + at, n);
            for (size_t k = 0; k < averages.size(); ++k) optimizer_kernels::average(averages[k].values + at, shares[k], arenas.weights + at, n);
        }
    });
}

}  // namespace lgv
