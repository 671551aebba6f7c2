// The weights that a training begins with, from a seed.
//
//     pytorch   what diffusers' UNet2DModel has when it is made: weights and biases of convolutions and linears U(-1, 1) / sqrt(fan_in)
//               (torch.nn's default, kaiming_uniform with a = sqrt 5)
//     ho        Ho et al. 2020: weights U(-1, 1) * sqrt(6 / (fan_in + fan_out)), biases 0; and 0 for what ends a branch, so that a new network is
//               its shortcuts and says 0: conv2 of each residual block, to_out.0 of each attention, conv_out
//     both      norms 1 and 0; tables N(0, 1); Fourier frequencies N(0, 16^2)
//
// fan_in = C * R * R, fan_out = K * R * R. The numbers are Philox's (base/philox.h): element e of a parameter has word e % 4, or normal e % 4, of counter
// (e / 4, the parameter's place in the table, Purpose::initial_weights, 0), so that no parameter's numbers depend on another's size or kind.
// The same bits on every machine, which tests/models/initial_weights_test.cpp freezes.
#pragma once

#include <cstdint>

#include "graph/op_list.h"

namespace lgv {

enum class Initialisation { pytorch, ho };

// Writes every parameter of the list, flat, one after the other in the order of its table: list.parameter_elements() floats.
void initial_weights(const OpList& list, Initialisation how, uint64_t seed, float* arena);

}  // namespace lgv
