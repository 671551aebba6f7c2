// A plan: every call that draws a case's pictures, as Java makes them, so that they can be made without it (on the emulator, on a GPU machine without Java). Written by
// io.langevin.parity.Plans as JSON; tests/goldens/README.md says what stands in it.
#pragma once

#include <filesystem>
#include <vector>

#include "langevin.h"

namespace lgv::parity {

struct PlannedCondition {
    int32_t index;
    lgv_condition condition;
};

struct PlannedStep {
    std::vector<lgv_evaluation> evaluations;
    std::vector<lgv_update> updates;
};

struct Plan {
    std::vector<PlannedCondition> conditions;
    std::vector<lgv_image> images;
    std::vector<PlannedStep> steps;
};

// A field that this does not know, or a file that is not there, is an Error.
Plan read_plan(const std::filesystem::path& file);

}  // namespace lgv::parity
