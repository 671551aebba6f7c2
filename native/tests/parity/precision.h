// What a device computes networks in, and what its results may then be off.
#pragma once

#include <vector>

#include "parity/handles.h"

namespace lgv::parity {

// Whether it is bfloat16 with float32 sums; else float32.
bool is_bf16(lgv_device* device);

float largest(const std::vector<float>& values);

// Largest difference. NaN anywhere makes it NaN.
double difference(const std::vector<float>& ours, const std::vector<float>& wanted);

// The same over the largest magnitude of what is wanted.
double relative_error(const std::vector<float>& ours, const std::vector<float>& wanted);

}  // namespace lgv::parity
