// From when to when each value of an op list is needed: what the planner places.
#pragma once

#include <functional>
#include <vector>

#include "graph/op_list.h"
#include "graph/planner.h"

namespace lgv {

// One piece a value, in their order. Inputs are there before the first op, the output is there after the last.
std::vector<Lifetime> lifetimes(const OpList& list, const std::function<int64_t(Value)>& bytes_of);

}  // namespace lgv
