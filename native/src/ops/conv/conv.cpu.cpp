#include "ops/conv/conv.cpu.h"

#include "base/error.h"
#include "ops/conv/conv_direct.h"

namespace lgv {

ConvAlgorithm choose(const Conv2d&, const Shape&, const Shape&, Isa) { return ConvAlgorithm::direct; }

CpuConv2d lower(const Conv2d& op, Value out, const Shapes& shapes, Weights& weights, Isa isa) {
    check_parameters(op, shapes, weights);
    CpuConv2d conv{.op = op, .out = out, .algorithm = choose(op, shapes[op.x], shapes[out], isa), .direct = {}};
    const DirectKernels& kernels = isa == Isa::avx512 ? direct_avx512 : direct_avx2;
    conv.direct = std::make_shared<const DirectConv>(plan_direct(op, out, shapes, weights, kernels));
    return conv;
}

CpuNeeds needs(const CpuConv2d& conv) { return {.workspace_bytes = 0, .scratch_bytes = conv.direct->scratch_bytes()}; }

std::string algorithm(const CpuConv2d& conv) { return conv.direct->kernels == &direct_avx512 ? "direct avx512" : "direct avx2"; }

void run(const CpuConv2d& conv, const CpuLaunch& launch) { run_direct(*conv.direct, conv.op, conv.out, launch); }

}  // namespace lgv
