// The weight gradient's CPU form; the data gradient's is in conv_data_gradient.cpp.
#include "ops/conv/conv_gradient.cpu.h"

#include "base/error.h"
#include "ops/conv/conv_weight_gradient.h"

namespace lgv {

CpuConv2dWeightGradient lower(const Conv2dWeightGradient& op, const Shapes& shapes, Weights& weights, Isa isa) {
    check_parameters(op.of, shapes, weights);
    const WeightGradientKernels& kernels = isa == Isa::avx512 ? weight_gradient_avx512 : weight_gradient_avx2;
    return {.op = op, .plan = std::make_shared<const WeightGradient>(plan_weight_gradient(op, shapes, kernels))};
}

CpuNeeds needs(const CpuConv2dWeightGradient& gradient) { return gradient.plan->needs(); }

std::string algorithm(const CpuConv2dWeightGradient& gradient) {
    const WeightGradient& plan = *gradient.plan;
    return text("tiles ", name_of(plan.kernels == &weight_gradient_avx512 ? Isa::avx512 : Isa::avx2), ", ", plan.task_count(), " tasks of ", plan.slices,
                plan.slices == 1 ? " slice" : " slices");
}

void run(const CpuConv2dWeightGradient& gradient, const CpuLaunch& launch) {
    if (launch.rows > 0) run_weight_gradient(*gradient.plan, gradient.op, launch);
}

}  // namespace lgv
