// The tensors that a model asks for, found in a file by name and checked by shape.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/weight_files.h"

namespace lgv {

struct WantedTensor {
    std::string name;  // as diffusers names it today
    std::vector<int64_t> shape;
};

// Where each wanted tensor is, in that order. An Error if a tensor is missing, has another shape or no floating type, or if the files
// have tensors that nobody wants: a weight left unused is a different model. Old names of attention weights (query, key, value, proj_attn)
// are found under their new ones (to_q, to_k, to_v, to_out.0), as diffusers does.
std::vector<WeightTensor> match(const WeightFiles& files, const std::vector<WantedTensor>& wanted);

}  // namespace lgv
