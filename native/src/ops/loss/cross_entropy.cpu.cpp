#include "ops/loss/cross_entropy.cpu.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace lgv {

CpuCrossEntropy lower(const CrossEntropy& op, const Shapes& shapes, Weights&, Isa) {
    const Shape &logits = shapes[op.logits], &label = shapes[op.label];
    expect(logits.h == 1 && logits.w == 1 && label == Shape{logits.n, 1, 1, 1}, Code::argument, "cross entropy: the labels are ", to_text(label), ", the logits ",
           to_text(logits), "; wanted one label and one row of logits for each image");
    return {.op = op, .classes = logits.c};
}

CpuNeeds needs(const CpuCrossEntropy&) { return {}; }
std::string algorithm(const CpuCrossEntropy&) { return "in order, double"; }

void run(const CpuCrossEntropy& op, const CpuLaunch& launch) {
    const int32_t* labels = launch.labels_at(op.op.label);
    for (int64_t n = 0; n < launch.rows; ++n) {
        const float* logits = launch.at(op.op.logits) + n * op.classes;
        float* dlogits = launch.at(op.op.dlogits.value) + n * op.classes;
        const double weight = launch.at(op.op.weight)[n], largest = *std::max_element(logits, logits + op.classes);
        double sum = 0;
        for (int64_t k = 0; k < op.classes; ++k) sum += std::exp(logits[k] - largest);
        const double logarithm = std::log(sum);
        for (int64_t k = 0; k < op.classes; ++k) {
            const double probability = std::exp(logits[k] - largest - logarithm);
            dlogits[k] = float(weight * (probability - (k == labels[n] ? 1 : 0)));
        }
        launch.at(op.op.loss.value)[n] = float(weight * (logarithm - (logits[labels[n]] - largest)));
    }
}

}  // namespace lgv
