#include "io/model_folder.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <system_error>

#include "base/error.h"
#include "io/json.h"
#include "io/mapped_file.h"

namespace lgv {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kWeights = "diffusion_pytorch_model.safetensors";
constexpr std::string_view kPickle = "diffusion_pytorch_model.bin";
constexpr std::string_view kShards = "diffusion_pytorch_model.safetensors.index.json";

bool is_file(const fs::path& path) {
    std::error_code ignored;  // what cannot be looked at is not there
    return fs::is_regular_file(path, ignored);
}

bool is_folder(const fs::path& path) {
    std::error_code ignored;
    return fs::is_directory(path, ignored);
}

// "owner/name" of which nothing exists here.
bool looks_like_hub_id(const std::string& path) {
    const size_t slash = path.find('/');
    if (slash == std::string::npos || slash == 0 || slash + 1 == path.size() || path.find('/', slash + 1) != std::string::npos) return false;
    const auto allowed = [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_' || c == '.' || c == '/'; };
    return path[0] != '.' && std::all_of(path.begin(), path.end(), allowed) && !is_folder(path.substr(0, slash));
}

void expect_folder(const fs::path& folder) {
    if (is_folder(folder)) return;
    expect(!folder.empty(), Code::argument, "the path of the model is empty");
    std::string name = folder.string();
    if (is_file(folder)) {
        fail(Code::model, name, " is a file, wanted a diffusers folder: one that holds config.json and ", kWeights);
    }
    if (name.ends_with('/')) name.pop_back();
    if (looks_like_hub_id(name)) {
        fail(Code::model, name, " is a hub id, not a folder. Fetch it first:  hf download ", name, " --local-dir ", name.substr(name.find('/') + 1));
    }
    fail(Code::model, name, ": there is no such folder");
}

std::string pipeline_of(const fs::path& index) {
    if (!is_file(index)) return {};
    const Json json = Json::parse(read_text(index), index.string());
    const std::string name = Fields(json, index.string()).string("_class_name");
    expect(name == "DDPMPipeline" || name == "DDIMPipeline", Code::unsupported, index.string(), ": ", name,
           " is not supported; langevin opens DDPMPipeline and DDIMPipeline");
    return name;
}

// A sentence about safetensors files of other names, of which one may be what the user means.
std::string other_weights(const fs::path& folder) {
    std::string names;
    std::error_code problem;
    for (fs::directory_iterator entry(folder, problem), end; !problem && entry != end; entry.increment(problem)) {
        if (entry->path().extension() == ".safetensors") names += (names.empty() ? "" : ", ") + entry->path().filename().string();
    }
    return names.empty() ? names : text(" (there is ", names, "; is it these weights under another name? Then rename it)");
}

fs::path weights_of(const fs::path& folder) {
    const fs::path weights = folder / kWeights;
    if (is_file(weights)) return weights;
    if (is_file(folder / kShards)) {
        fail(Code::unsupported, (folder / kShards).string(), ": weights in several files are not supported. Save them as one, where PyTorch is:  ",
             "python -c \"from diffusers import UNet2DModel as M; M.from_pretrained('", folder.string(), "').save_pretrained('", folder.string(),
             "', max_shard_size='1TB')\", then remove the index and its parts");
    }
    if (is_file(folder / kPickle)) {
        fail(Code::unsupported, (folder / kPickle).string(), " is a pickle, which may run any code when it is opened. Convert it once, where PyTorch is:  ",
             "python -c \"from diffusers import UNet2DModel as M; M.from_pretrained('", folder.string(), "').save_pretrained('", folder.string(), "')\"");
    }
    fail(Code::model, folder.string(), " holds no ", kWeights, other_weights(folder));
}

}  // namespace

ModelFolder open_model_folder(const fs::path& folder) {
    expect_folder(folder);
    ModelFolder found;
    found.pipeline = pipeline_of(folder / "model_index.json");

    const fs::path model = is_folder(folder / "unet") ? folder / "unet" : folder;
    found.config_file = model / "config.json";
    expect(is_file(found.config_file), Code::model, found.config_file.string(), " is missing: a diffusers folder has config.json and ", kWeights,
           " in it or in its unet/");
    found.config = read_text(found.config_file);
    found.weights = weights_of(model);

    const fs::path schedulers = is_folder(folder / "scheduler") ? folder / "scheduler" : folder;
    const fs::path scheduler = schedulers / "scheduler_config.json";
    if (is_file(scheduler)) {
        found.scheduler_file = scheduler;
        found.scheduler = read_text(scheduler);
    }
    expect(found.pipeline.empty() || !found.scheduler_file.empty(), Code::model, scheduler.string(), " is missing: model_index.json says that this is a ",
           found.pipeline, ", which needs one");
    return found;
}

}  // namespace lgv
