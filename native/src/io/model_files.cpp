#include "io/model_files.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "io/json.h"
#include "io/mapped_file.h"

namespace lgv {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStem = "diffusion_pytorch_model.";
constexpr std::string_view kWeights = "diffusion_pytorch_model.safetensors";
constexpr std::string_view kIndex = "diffusion_pytorch_model.safetensors.index.json";
constexpr std::string_view kPickle = "diffusion_pytorch_model.bin";

// Those whose network is a UNet2DModel over pixels, and that have no other.
constexpr std::string_view kPipelines[] = {"DDPMPipeline",  "DDIMPipeline",          "PNDMPipeline",
                                           "KarrasVePipeline", "ScoreSdeVePipeline", "ConsistencyModelPipeline"};

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
    if (name.ends_with('/')) name.pop_back();
    if (looks_like_hub_id(name)) {
        fail(Code::model, name, " is a hub id, not a folder. Fetch it first:  hf download ", name, " --local-dir ", name.substr(name.find('/') + 1));
    }
    fail(Code::model, name, ": there is no such file or folder");
}

std::string pipeline_of(const fs::path& index) {
    if (!is_file(index)) return {};
    const Json json = Json::parse(read_text(index), index.string());
    const std::string name = Fields(json, index.string()).string("_class_name");
    const bool known = std::find(std::begin(kPipelines), std::end(kPipelines), name) != std::end(kPipelines);
    expect(known, Code::unsupported, index.string(), ": ", name, " is not supported; langevin opens pipelines of a UNet2DModel over pixels: DDPMPipeline, ",
           "DDIMPipeline and their like");
    return name;
}

// One that diffusers reads by its name is converted by diffusers; of any other only the tensors are taken.
[[noreturn]] void refuse_pickle(const fs::path& pickle, const fs::path& folder) {
    const std::string name = pickle.filename().string();
    if (!name.starts_with(kStem)) {
        fail(Code::unsupported, pickle.string(), " is a pickle, which may run any code when it is opened. Take its weights once, where PyTorch is:  ",
             "python -c \"import torch; from safetensors.torch import save_file as s; s(torch.load('", pickle.string(), "', weights_only=True), '",
             (folder / kWeights).string(), "')\"  and put its config.json beside them");
    }
    fail(Code::unsupported, pickle.string(), " is a pickle, which may run any code when it is opened. Convert it once, where PyTorch is:  ",
         "python -c \"from diffusers import UNet2DModel as M; M.from_pretrained('", folder.string(), "').save_pretrained('", folder.string(), "')\"");
}

std::string listed(const std::vector<std::string>& names) {
    std::string out;
    for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
    return out;
}

// The file names of a folder that say yes to `wanted`, sorted.
template <class Wanted>
std::vector<std::string> names_in(const fs::path& folder, const Wanted& wanted) {
    std::vector<std::string> names;
    std::error_code problem;
    for (fs::directory_iterator entry(folder, problem), end; !problem && entry != end; entry.increment(problem)) {
        std::string name = entry->path().filename().string();
        if (wanted(name) && is_file(entry->path())) names.push_back(std::move(name));
    }
    std::sort(names.begin(), names.end());
    return names;
}

// diffusion_pytorch_model.fp16.safetensors, or diffusion_pytorch_model.safetensors.index.fp16.json of a variant in several files.
bool is_variant(const std::string& name) {
    const auto word_between = [&](std::string_view before, std::string_view after) {
        if (!name.starts_with(before) || !name.ends_with(after) || name.size() <= before.size() + after.size()) return false;
        const std::string_view word = std::string_view(name).substr(before.size(), name.size() - before.size() - after.size());
        return word.find('.') == std::string_view::npos && word.find("-of-") == std::string_view::npos;
    };
    return word_between(kStem, ".safetensors") || word_between("diffusion_pytorch_model.safetensors.index.", ".json");
}

WeightFiles open_weights(const fs::path& path) {
    return path.extension() == ".json" ? WeightFiles::of_index(path) : WeightFiles(Safetensors(path));
}

WeightFiles weights_of(const fs::path& folder, std::string& note) {
    for (const std::string_view name : {kWeights, kIndex}) {
        if (is_file(folder / name)) return open_weights(folder / name);
    }
    const std::vector<std::string> variants = names_in(folder, is_variant);
    expect(variants.size() <= 1, Code::model, folder.string(), " holds no ", kWeights, ", but ", listed(variants), ": which are meant? Rename it to ", kWeights);
    if (!variants.empty()) {
        note = text("the weights are ", variants[0], ", a variant: there are no others");
        return open_weights(folder / variants[0]);
    }
    if (is_file(folder / kPickle)) refuse_pickle(folder / kPickle, folder);
    const std::vector<std::string> pickles =
        names_in(folder, [](const std::string& name) { return name.starts_with(kStem) && name.ends_with(".bin"); });
    if (!pickles.empty()) refuse_pickle(folder / pickles[0], folder);
    const std::vector<std::string> others = names_in(folder, [](const std::string& name) { return name.ends_with(".safetensors"); });
    fail(Code::model, folder.string(), " holds no ", kWeights,
         others.empty() ? text(", the weights of its config.json: fetch that file as well")
                        : text(" (there is ", listed(others), "; is it these weights under another name? Then rename it)"));
}

ModelTexts::Text text_of(const fs::path& file) { return {file.string(), read_text(file)}; }

ModelFiles open_folder(const fs::path& folder) {
    std::string pipeline = pipeline_of(folder / "model_index.json"), note;

    const fs::path model = is_folder(folder / "unet") ? folder / "unet" : folder;
    const fs::path config_file = model / "config.json";
    expect(is_file(config_file), Code::model, config_file.string(), " is missing: a diffusers folder has config.json and ", kWeights,
           " in it or in its unet/");
    ModelTexts::Text config = text_of(config_file), scheduler, labels;

    const fs::path schedulers = is_folder(folder / "scheduler") ? folder / "scheduler" : folder;
    const fs::path scheduler_file = schedulers / "scheduler_config.json";
    if (is_file(scheduler_file)) scheduler = text_of(scheduler_file);
    if (is_file(model / "labels.json")) labels = text_of(model / "labels.json");

    WeightFiles weights = weights_of(model, note);
    expect(pipeline.empty() || !scheduler.name.empty(), Code::model, scheduler_file.string(), " is missing: model_index.json says that this is a ", pipeline,
           ", which needs one");
    return {{std::move(config), std::move(scheduler), std::move(labels), std::move(pipeline), std::move(note)}, std::move(weights)};
}

bool is_pickle(const fs::path& file) {
    for (const std::string_view ending : {".bin", ".pt", ".pth", ".ckpt", ".pkl"}) {
        if (file.extension() == ending) return true;
    }
    return false;
}

ModelFiles open_file(const fs::path& path) {
    const std::string name = path.string();
    const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    if (is_pickle(path)) refuse_pickle(path, folder);
    expect(path.extension() == ".safetensors", Code::model, name, " is a file, but no .safetensors; wanted a model in one file, or a diffusers folder: one that holds ",
           "config.json and ", kWeights);
    Safetensors file(path);
    ModelTexts::Text config, scheduler, labels;
    for (const auto& [key, value] : file.metadata()) {
        if (key == metadata_config) config = {text(name, ": ", key), value};
        if (key == metadata_scheduler) scheduler = {text(name, ": ", key), value};
        if (key == metadata_labels) labels = {text(name, ": ", key), value};
    }
    expect(!config.name.empty(), Code::model, name, " has weights alone, no ", metadata_config, " in its metadata: open the folder that holds it and its config.json");
    return {{std::move(config), std::move(scheduler), std::move(labels), {}, {}}, WeightFiles(std::move(file))};
}

}  // namespace

ModelFiles open_model_files(const fs::path& path) {
    if (is_file(path)) return open_file(path);
    expect_folder(path);
    return open_folder(path);
}

}  // namespace lgv
