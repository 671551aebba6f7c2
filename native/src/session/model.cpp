#include "session/model.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "io/json.h"
#include "io/model_writer.h"
#include "models/unet2d.h"

namespace lgv {

namespace {

// Chunks: eight images amortise what a launch costs beyond its arithmetic; where one image's activations are large, fewer do, and the arena
// stays in reach of the caches. Never a matter of results: an image's bits do not depend on its chunk.
constexpr int64_t most_chunk_rows = 8;
constexpr int64_t most_chunk_floats = int64_t{4} << 20;  // of the largest value, all rows together

// A name for each class, in their order; a row that means "no class" may go without.
void check_labels(const ModelFiles::Text& labels, const UNet2DConfig& config) {
    if (labels.name.empty()) return;
    const Json json = Json::parse(labels.json, labels.name);
    const std::vector<Json>& names = json.array(labels.name);
    for (size_t i = 0; i < names.size(); ++i) names[i].string(text(labels.name, "[", i, "]"));
    const bool fits = int64_t(names.size()) == config.num_class_embeds || (config.none_label >= 0 && int64_t(names.size()) == config.num_class_embeds - 1);
    expect(fits, Code::model, labels.name, " has ", names.size(), " names, the network ", config.num_class_embeds, " classes",
           config.none_label >= 0 ? ", one of which means none" : "");
}

OpList smallest_list(const UNet2DConfig& config, const std::string& name) {
    const int64_t extent = int64_t{1} << (config.block_out_channels.size() - 1);
    try {
        return unet2d(config, 1, extent, extent);
    } catch (const Error& error) {
        fail(error.code() == Code::unsupported ? Code::unsupported : Code::model, name, ": ", error.what());
    }
}

}  // namespace

std::shared_ptr<Model> Model::open(std::shared_ptr<Device> device, const std::string& path) {
    return std::shared_ptr<Model>(new Model(std::move(device), path, open_model_files(path)));
}

Model::Model(std::shared_ptr<Device> device, std::string path, ModelFiles files)
    : device_(std::move(device)), name_(std::move(path)), files_(std::move(files)), config_(UNet2DConfig::parse(files_.config.json, files_.config.name)) {
    check_labels(files_.labels, config_);
    // Which tensors there are does not depend on the size of the images: one pixel for each of the deepest level will do.
    const OpList list = smallest_list(config_, files_.config.name);
    std::vector<std::vector<int64_t>> shapes;
    for (const ParameterInfo& info : list.parameters) {
        wanted_.push_back({info.name, info.shape});
        shapes.push_back(info.shape);
    }
    parameters_ = list.parameter_elements();
    tensors_ = match(files_.weights, wanted_);
    weights_ = std::make_unique<Weights>(std::move(shapes), [this](Parameter parameter, float* out) {
        const WeightTensor& tensor = tensors_[size_t(parameter.id)];
        tensor.file->read(*tensor.entry, out);
    });
}

std::string Model::files_text() const {
    std::set<DType> types;
    for (const WeightTensor& tensor : tensors_) types.insert(tensor.entry->dtype);
    JsonWriter json;
    json.open('{').key("config").value(files_.config.name).key("weights").open('[');
    for (const Safetensors& file : files_.weights.files()) json.value(file.file().path().string());
    json.close(']').key("types").open('[');
    for (const DType type : types) json.value(name_of(type));
    return json.close(']').key("note").value(files_.note).close('}').text();
}

void Model::write(const std::string& path, int32_t format) const {
    // The one text that nobody has looked at yet: broken, it would break the file that it is written into.
    if (!files_.scheduler.name.empty()) Fields(Json::parse(files_.scheduler.json, files_.scheduler.name), files_.scheduler.name);
    const ModelContent content{files_.config.json, files_.scheduler.json, files_.labels.json, files_.pipeline, wanted_,
                               [this](size_t i, float* out) { tensors_[i].file->read(*tensors_[i].entry, out); }};
    switch (format) {
        case LGV_FORMAT_FOLDER: return write_model_folder(path, content);
        case LGV_FORMAT_FILE: return write_model_file(path, content, DType::f32);
        case LGV_FORMAT_FILE_BF16: return write_model_file(path, content, DType::bf16);
        default: fail(Code::argument, "format ", format, ", wanted one of enum lgv_format (0 to ", int(LGV_FORMAT_FILE_BF16), ")");
    }
}

lgv_model_description Model::describe() const {
    return {.in_channels = config_.in_channels,
            .out_channels = config_.out_channels,
            .height = config_.height,
            .width = config_.width,
            .labels = config_.num_class_embeds,
            .none_label = config_.none_label,
            .parameters = parameters_,
            .weight_bytes = weights_->packed_bytes()};
}

void Model::check_size(int32_t height, int32_t width) {
    const std::lock_guard lock(mutex_);
    if (largest_.contains({height, width})) return;
    try {
        const OpList list = unet2d(config_, 1, height, width);
        int64_t largest = 0;
        for (const Shape& shape : list.shapes.all) largest = std::max(largest, shape.per_image());
        largest_[{height, width}] = largest;
    } catch (const Error& error) {
        fail(Code::argument, "images of ", height, "x", width, " do not fit ", name_, ": ", error.what());
    }
}

int64_t Model::chunk_rows(int32_t height, int32_t width) const {
    const std::lock_guard lock(mutex_);
    return std::clamp(most_chunk_floats / largest_.at({height, width}), int64_t{1}, most_chunk_rows);
}

const CpuProgram& Model::program(int64_t rows, int32_t height, int32_t width) {
    const std::lock_guard lock(mutex_);
    auto& program = programs_[{rows, height, width}];
    if (!program) {
        program = std::make_unique<CpuProgram>(unet2d(config_, rows, height, width), *weights_, device_->isa(), device_->threads());
    }
    return *program;
}

}  // namespace lgv
