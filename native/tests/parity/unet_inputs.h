// What a `unet` case gives the network.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "parity/golden.h"
#include "parity/seeded_weights.h"

namespace lgv::parity {

struct UnetInputs {
    int32_t images, height, width;
    std::vector<float> sample, timestep;
    std::vector<int64_t> classes;   // labels or timesteps, as the config says; empty: none
    std::vector<float> embeddings;  // of all images; empty: none
};

UnetInputs read_inputs(const Tensors& tensors);

// The folder of the case's model; one whose weights are drawn is written first.
class UnetFolder {
public:
    explicit UnetFolder(const Golden& golden);
    const std::filesystem::path& path() const { return path_; }

private:
    std::optional<TemporaryFolder> drawn_;
    std::filesystem::path path_;
};

}  // namespace lgv::parity
