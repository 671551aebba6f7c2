// What a network is told besides the image, as it lies in the inputs of a program: the timestep, and a class in one of its forms.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "models/unet2d_config.h"

namespace lgv {

// What the network takes of a class; the other fields are not read.
struct ClassOf {
    int32_t label = 0;
    float timestep = 0;
    const float* embedding = nullptr;  // time_embedding_dim of them
};

// Error::argument for what the network `name` cannot take as a timestep, or as a class that is embedded like one. `what` and `i` name it.
void check_timestep(const UNet2DConfig& config, const std::string& name, float t, const char* what, size_t i);

// Row `row` of an input.
void write_timestep(const UNet2DConfig& config, float t, std::byte* input, size_t row);
void write_class(const UNet2DConfig& config, const ClassOf& which, std::byte* input, size_t row);

}  // namespace lgv
