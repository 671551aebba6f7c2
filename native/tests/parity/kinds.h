// The kinds of golden cases that are compared from C++.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "parity/golden.h"
#include "parity/verdict.h"

namespace lgv::parity {

// What they run on, as lgv_device_open takes it, and the folder where plans of pipelines lie (CASE.json; tests/goldens/README.md). Empty: nowhere.
struct Setup {
    std::string device = "cpu";
    std::filesystem::path plans;
};

std::vector<Verdict> check_noise(const Golden& golden);
std::vector<Verdict> check_unet(const Golden& golden, const Setup& setup);
std::vector<Verdict> check_pipeline(const Golden& golden, const Setup& setup);

}  // namespace lgv::parity
