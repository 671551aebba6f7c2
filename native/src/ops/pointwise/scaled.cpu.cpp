#include "ops/pointwise/scaled.cpu.h"

#include <algorithm>

#include "base/error.h"
#include "ops/pointwise/pointwise_kernels.h"

namespace lgv {

CpuScaled lower(const Scaled& op, const Shapes& shapes, Weights&, Isa isa) {
    return {.op = op, .kernels = &pointwise_kernels(isa), .size = shapes[op.x].per_image(), .isa = isa};
}

CpuNeeds needs(const CpuScaled&) { return {}; }
std::string algorithm(const CpuScaled& op) { return text("elementwise ", name_of(op.isa)); }

void run(const CpuScaled& op, const CpuLaunch& launch) {
    const int64_t count = launch.rows * op.size;
    const float* x = launch.at(op.op.x);
    float* out = launch.at(op.op.out.value);
    launch.team.run((count + pointwise_task - 1) / pointwise_task, [&](int64_t task, int) {
        const int64_t begin = task * pointwise_task;
        op.kernels->scaled(x + begin, std::min(pointwise_task, count - begin), op.op.scale, op.op.out.add, out + begin);
    });
}

}  // namespace lgv
