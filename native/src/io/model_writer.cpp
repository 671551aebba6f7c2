#include "io/model_writer.h"

#include <cstring>

#include "base/error.h"
#include "io/atomic_file.h"
#include "io/json.h"
#include "io/model_files.h"
#include "io/safetensors.h"

namespace lgv {

namespace {

namespace fs = std::filesystem;

// To nearest, ties to even; NaN stays NaN.
uint16_t to_bf16(float value) {
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    if (value != value) return uint16_t(bits >> 16 | 0x40);
    return uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

void write_weights(const fs::path& path, const ModelContent& model, DType type, const Metadata& metadata) {
    std::vector<NamedTensor> tensors;
    for (const WantedTensor& tensor : model.tensors) tensors.push_back({tensor.name, {type, tensor.shape, nullptr}});
    write_safetensors(path, tensors, metadata, [&](size_t i) {
        const auto elements = size_t(tensors[i].view.elements());
        std::vector<std::byte> bytes(elements * size_t(size_of(type)));
        if (type == DType::f32) {
            model.read(i, reinterpret_cast<float*>(bytes.data()));
            return bytes;
        }
        std::vector<float> values(elements);
        model.read(i, values.data());
        for (size_t k = 0; k < elements; ++k) {
            const uint16_t half = to_bf16(values[k]);
            std::memcpy(bytes.data() + 2 * k, &half, 2);
        }
        return bytes;
    });
}

// model_index.json, which tells diffusers the classes of the parts.
std::string index_of(const ModelContent& model) {
    const Json json = Json::parse(model.scheduler, "scheduler_config.json");
    const std::string scheduler = Fields(json, "scheduler_config.json").string("_class_name");
    const std::string pipeline = !model.pipeline.empty() ? model.pipeline : scheduler == "DDIMScheduler" ? "DDIMPipeline" : "DDPMPipeline";
    JsonWriter index;
    index.open('{').key("_class_name").value(pipeline);
    index.key("scheduler").open('[').value("diffusers").value(scheduler).close(']');
    index.key("unet").open('[').value("diffusers").value("UNet2DModel").close(']').close('}');
    return index.text() + "\n";
}

}  // namespace

void write_model_folder(const fs::path& path, const ModelContent& model) {
    AtomicFolder folder(path);
    fs::path unet = folder.temporary();
    if (!model.scheduler.empty()) {
        unet = folder.folder("unet");
        write_text(folder.temporary() / "model_index.json", index_of(model));
        write_text(folder.folder("scheduler") / "scheduler_config.json", model.scheduler);
    }
    write_text(unet / "config.json", model.config);
    if (!model.labels.empty()) write_text(unet / "labels.json", model.labels);
    write_weights(unet / "diffusion_pytorch_model.safetensors", model, DType::f32, {{"format", "pt"}});
    folder.commit();
}

void write_model_file(const fs::path& path, const ModelContent& model, DType type) {
    expect(type == DType::f32 || type == DType::bf16, Code::fault, "a model is written as float32 or bfloat16, not as ", name_of(type));
    expect(path.extension() == ".safetensors", Code::argument, path.string(), ": a model in one file has a name that ends with .safetensors");
    Metadata metadata = {{"format", "pt"}, {metadata_config, model.config}};
    if (!model.scheduler.empty()) metadata.emplace_back(metadata_scheduler, model.scheduler);
    if (!model.labels.empty()) metadata.emplace_back(metadata_labels, model.labels);
    write_weights(path, model, type, metadata);
}

}  // namespace lgv
