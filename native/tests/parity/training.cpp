#include "parity/kinds.h"

namespace lgv::parity {

std::vector<Verdict> check_training(const Golden& golden) {
    const Tensors tensors(golden);
    for (const char* name : {"x0", "noise", "loss", "grad_norm", "learning_rate"}) tensors.floats(name);
    return {unsupported("trajectory", "langevin.h has no trainer in this version")};
}

}  // namespace lgv::parity
