// The tensors that a model asks for, found in a file by name and checked by shape.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/tensor_view.h"
#include "io/safetensors.h"

namespace lgv {

struct WantedTensor {
    std::string name;  // as diffusers names it today
    std::vector<int64_t> shape;
};

// One view for each wanted tensor, in that order. An Error if a tensor is missing, has another shape or no floating type, or if the file
// has tensors that nobody wants: a weight left unused is a different model. Old names of attention weights (query, key, value, proj_attn)
// are found under their new ones (to_q, to_k, to_v, to_out.0), as diffusers does.
std::vector<TensorView> match(const Safetensors& file, const std::vector<WantedTensor>& wanted);

}  // namespace lgv
