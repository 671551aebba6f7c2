// The gradients of a `unet` case.
#pragma once

#include "parity/kinds.h"

namespace lgv::parity {

// One batch of a trainer on the case's model: loss = mean((output - target)^2), and the gradient of every parameter.
Verdict compare_gradients(const Golden& golden, const Setup& setup);

}  // namespace lgv::parity
