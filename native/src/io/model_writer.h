// A model put back on the disk, whole or not at all: a diffusers folder, or one file that is everything.
//
//     folder with a scheduler:  model_index.json, unet/{config.json, labels.json, diffusion_pytorch_model.safetensors}, scheduler/scheduler_config.json
//     folder without one:       config.json, labels.json, diffusion_pytorch_model.safetensors
//     file:                     a .safetensors with the texts in its metadata, as model_files.h reads it
// Texts are written as they were read; the tensors under the names that diffusers gives them today.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/shape.h"
#include "io/tensor_match.h"

namespace lgv {

struct ModelContent {
    std::string config, scheduler, labels;  // JSON; the last two may be empty
    std::string pipeline;                   // class of the folder's pipeline; empty: DDIMPipeline for a DDIMScheduler, else DDPMPipeline
    std::vector<WantedTensor> tensors;
    std::function<void(size_t tensor, float* out)> read;
};

// A folder that holds anything is left as it is, with an Error.
void write_model_folder(const std::filesystem::path& path, const ModelContent& model);

// `type`: f32, or bf16 (rounded to nearest even). A file that is there is replaced.
void write_model_file(const std::filesystem::path& path, const ModelContent& model, DType type);

}  // namespace lgv
