#include "ops/pointwise/activation_gradient.cpu.h"

#include <algorithm>

#include "base/error.h"
#include "ops/pointwise/pointwise_kernels.h"

namespace lgv {

CpuActivationGradient lower(const ActivationGradient& op, const Shapes& shapes, Weights&, Isa isa) {
    return {.op = op, .kernels = &pointwise_kernels(isa), .size = shapes[op.z].per_image(), .isa = isa};
}

CpuNeeds needs(const CpuActivationGradient&) { return {}; }
std::string algorithm(const CpuActivationGradient& op) { return text(name_of(op.op.act), " slope ", name_of(op.isa)); }

void run(const CpuActivationGradient& op, const CpuLaunch& launch) {
    const int64_t count = launch.rows * op.size;
    const float *z = launch.at(op.op.z), *dy = launch.at(op.op.dy);
    float* dz = launch.at(op.op.dz.value);
    launch.team.run((count + pointwise_task - 1) / pointwise_task, [&](int64_t task, int) {
        const int64_t begin = task * pointwise_task, size = std::min(pointwise_task, count - begin);
        op.kernels->activation_gradient(z + begin, dy + begin, size, op.op.act, op.op.scale, op.op.dz.add, dz + begin);
    });
}

}  // namespace lgv
