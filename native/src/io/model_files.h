// What a model is on the disk: where its parts lie and what its configs say, before anybody interprets them.
//
//     pipeline:  model_index.json, unet/config.json, unet/diffusion_pytorch_model.safetensors, scheduler/scheduler_config.json
//                (unet/ and scheduler/ may be missing: then their files lie in the folder itself)
//     model:     config.json, diffusion_pytorch_model.safetensors, perhaps scheduler_config.json
//     file:      a .safetensors whose metadata holds the texts: langevin.config, langevin.scheduler, langevin.labels
//
// The weights of a folder may be several files with an index, or a variant (diffusion_pytorch_model.fp16.safetensors) where that is the only
// one. labels.json beside config.json, a list of names, is ours.
#pragma once

#include <filesystem>
#include <string>

#include "io/weight_files.h"

namespace lgv {

// All but the weights.
struct ModelTexts {
    struct Text {
        std::string name;  // for messages: "models/mnist/unet/config.json"
        std::string json;  // empty: there is none
    };

    Text config, scheduler, labels;
    std::string pipeline;  // "DDPMPipeline", "DDIMPipeline" ...; empty: no model_index.json
    std::string note;      // a sentence on what was taken, where one might think of another; mostly empty
};

struct ModelFiles {
    ModelTexts texts;
    WeightFiles weights;
};

// The keys of the metadata of a single file.
constexpr const char* metadata_config = "langevin.config";
constexpr const char* metadata_scheduler = "langevin.scheduler";
constexpr const char* metadata_labels = "langevin.labels";

// Errors say what is missing and what to do about it: a hub id, a pickle, a pipeline that langevin does not draw.
ModelFiles open_model_files(const std::filesystem::path& path);

}  // namespace lgv
