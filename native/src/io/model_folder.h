// What a diffusers folder is: where its parts lie and what its configs say, before anybody interprets them.
//
//     pipeline:  model_index.json, unet/config.json, unet/diffusion_pytorch_model.safetensors, scheduler/scheduler_config.json
//                (unet/ and scheduler/ may be missing: then their files lie in the folder itself)
//     model:     config.json, diffusion_pytorch_model.safetensors, perhaps scheduler_config.json
#pragma once

#include <filesystem>
#include <string>

namespace lgv {

struct ModelFolder {
    std::filesystem::path config_file;
    std::string config;                     // JSON text of config_file
    std::filesystem::path scheduler_file;   // empty: none
    std::string scheduler;                  // its JSON text; empty: none
    std::filesystem::path weights;          // a safetensors file that is there
    std::string pipeline;                   // "DDPMPipeline", "DDIMPipeline"; empty: a folder without model_index.json
};

// Errors say what is missing and what to do about it: a hub id, a pickle, shards, a pipeline that langevin does not draw.
ModelFolder open_model_folder(const std::filesystem::path& folder);

}  // namespace lgv
