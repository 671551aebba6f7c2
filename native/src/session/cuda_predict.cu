// Predictions for GPUs that need not be here: a network lowered as it would be there, without its weights.
#include "graph/predict.cuda.h"
#include "session/backend.h"

namespace lgv {

std::string predict_cuda(const GpuMachine& machine, const Network& network, const Weights& weights, int64_t rows, int32_t height, int32_t width) {
    const CudaTarget target = target_of(machine);
    const CudaList plan = fuse(network.emit(rows, height, width), CudaType::bf16, target);
    CudaWeights sizes(weights, CudaWeights::Keep::sizes);
    const std::vector<CudaOp> ops = lower(plan, sizes, target);
    std::vector<NamedCudaOp> named;
    for (size_t i = 0; i < ops.size(); ++i) named.push_back({plan.list.nodes[i].name, &ops[i]});
    return predict(named, rows, machine);
}

}  // namespace lgv
