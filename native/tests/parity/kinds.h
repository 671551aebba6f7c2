// The kinds of golden cases that are compared from C++.
#pragma once

#include <vector>

#include "parity/golden.h"
#include "parity/verdict.h"

namespace lgv::parity {

std::vector<Verdict> check_noise(const Golden& golden);
std::vector<Verdict> check_unet(const Golden& golden);

}  // namespace lgv::parity
