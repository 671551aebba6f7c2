#include "ops/loss/squared_error.cpu.h"

#include "base/error.h"

namespace lgv {

CpuSquaredError lower(const SquaredError& op, const Shapes& shapes, Weights&, Isa) {
    const Shape &out = shapes[op.out], &target = shapes[op.target];
    expect(out == target, Code::argument, "squared error: the target is ", to_text(target), ", what is compared with it ", to_text(out));
    return {.op = op, .size = out.per_image()};
}

CpuNeeds needs(const CpuSquaredError&) { return {}; }
std::string algorithm(const CpuSquaredError&) { return "in order, double"; }

void run(const CpuSquaredError& op, const CpuLaunch& launch) {
    const int64_t size = op.size;
    const float* weights = launch.at(op.op.weight);
    float* loss = launch.at(op.op.loss.value);
    launch.team.run(launch.rows, [&](int64_t n, int) {
        const float* out = launch.at(op.op.out) + n * size;
        const float* target = launch.at(op.op.target) + n * size;
        float* dout = launch.at(op.op.dout.value) + n * size;
        const double weight = weights[n], factor = 2 * weight / double(size);
        double sum = 0;
        for (int64_t e = 0; e < size; ++e) {
            const double error = double(out[e]) - double(target[e]);
            sum += error * error;
            dout[e] = float(factor * error);
        }
        loss[n] = float(weight * (sum / double(size)));
    });
}

}  // namespace lgv
