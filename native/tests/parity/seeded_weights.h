// A network that is too wide to store: its weights are drawn again from a seed, by the recipe of tests/goldens/README.md, and written to a
// diffusers folder of their own.
#pragma once

#include <filesystem>

#include "parity/golden.h"

namespace lgv::parity {

// A folder that goes with its scope.
class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

// Writes config.json and diffusion_pytorch_model.safetensors for a case with `weights_seed`.
void write_seeded_model(const Golden& golden, const std::filesystem::path& folder);

}  // namespace lgv::parity
