#include "ops/conv/conv.cpu.h"

#include "ops/conv/conv_direct.h"

namespace lgv {

namespace {

CpuNeeds needs_of(const DirectConv& plan) { return {.workspace_bytes = 0, .scratch_bytes = plan.scratch_bytes()}; }

std::string name_of(const DirectConv& plan) {
    return std::string(plan.step == 2 ? "direct by parity " : "direct ") + name_of(plan.kernels == &direct_avx512 ? Isa::avx512 : Isa::avx2);
}

void launch_plan(const DirectConv& plan, const CpuConv2d& conv, const CpuLaunch& launch) { run_direct(plan, conv.op, conv.out, launch); }

}  // namespace

// The direct kernel for every shape. oneDNN 3.13's convolution was measured beside it: level on 3x3 kernels, 8 to 15 % faster on 1x1 (4 % of the
// CIFAR U-Net), 10 to 30 % slower where weights come from memory, and half as fast over upsampled images, which it cannot fold.
CpuConv2d lower(const Conv2d& op, Value out, const Shapes& shapes, Weights& weights, Isa isa) {
    const DirectKernels& kernels = isa == Isa::avx512 ? direct_avx512 : direct_avx2;
    return {.op = op, .out = out, .plan = std::make_shared<const DirectConv>(plan_direct(op, out, shapes, weights, kernels))};
}

CpuNeeds needs(const CpuConv2d& conv) {
    return std::visit([](const auto& plan) { return needs_of(*plan); }, conv.plan);
}

std::string algorithm(const CpuConv2d& conv) {
    return std::visit([](const auto& plan) { return name_of(*plan); }, conv.plan);
}

void run(const CpuConv2d& conv, const CpuLaunch& launch) {
    std::visit([&](const auto& plan) { launch_plan(*plan, conv, launch); }, conv.plan);
}

}  // namespace lgv
