#include "session/model.h"

#include <algorithm>

#include "base/error.h"
#include "io/json.h"
#include "io/model_writer.h"
#include "models/unet2d.h"

namespace lgv {

// A name for each class, in their order; a row that means "no class" may go without.
void check_labels(const ModelTexts::Text& labels, const UNet2DConfig& config) {
    if (labels.name.empty()) return;
    const Json json = Json::parse(labels.json, labels.name);
    const std::vector<Json>& names = json.array(labels.name);
    for (size_t i = 0; i < names.size(); ++i) names[i].string(text(labels.name, "[", i, "]"));
    const bool fits = int64_t(names.size()) == config.num_class_embeds || (config.none_label >= 0 && int64_t(names.size()) == config.num_class_embeds - 1);
    expect(fits, Code::model, labels.name, " has ", names.size(), " names, the network ", config.num_class_embeds, " classes",
           config.none_label >= 0 ? ", one of which means none" : "");
}

std::string sizes_that_fit(const UNet2DConfig& config, int32_t height, int32_t width) {
    const int32_t multiple = int32_t{1} << (config.block_out_channels.size() - 1);
    if (height % multiple == 0 && width % multiple == 0) return "";
    return text(" (height and width in multiples of ", multiple, " fit: ", config.block_out_channels.size(), " levels, each half of the one before)");
}

namespace {

// Chunks: eight images amortise what a launch costs beyond its arithmetic; where one image's activations are large, fewer do, and the arena
// stays in reach of the caches. Never a matter of results: an image's bits do not depend on its chunk.
constexpr int64_t most_chunk_rows = 8;
constexpr int64_t most_chunk_floats = int64_t{4} << 20;  // of the largest value, all rows together

// Which tensors there are does not depend on the size of the images: one pixel for each of the deepest level will do.
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
    ModelFiles files = open_model_files(path);
    const auto model = std::shared_ptr<Model>(new Model(std::move(device), path, std::move(files.texts)));
    const auto weights = std::make_shared<const WeightFiles>(std::move(files.weights));
    const std::vector<WeightTensor> tensors = match(*weights, model->wanted_);
    model->types_.clear();
    for (const WeightTensor& tensor : tensors) model->types_.insert(tensor.entry->dtype);
    for (const Safetensors& file : weights->files()) model->files_.push_back(file.file().path().string());
    model->take_weights([weights, tensors](size_t i, float* out) { tensors[i].file->read(*tensors[i].entry, out); });
    return model;
}

std::shared_ptr<Model> Model::of_weights(std::shared_ptr<Device> device, std::string name, ModelTexts texts, std::shared_ptr<const Memory> weights) {
    const auto model = std::shared_ptr<Model>(new Model(std::move(device), std::move(name), std::move(texts)));
    expect(weights->bytes() == model->parameters_ * int64_t(sizeof(float)), Code::fault, model->name_, ": ", weights->bytes(), " bytes of weights for ",
           model->parameters_, " parameters");
    model->take_weights([weights = std::move(weights), offsets = model->offsets_](size_t i, float* out) {
        std::copy(reinterpret_cast<const float*>(weights->data()) + offsets[i], reinterpret_cast<const float*>(weights->data()) + offsets[i + 1], out);
    });
    return model;
}

Model::Model(std::shared_ptr<Device> device, std::string name, ModelTexts texts)
    : device_(std::move(device)), name_(std::move(name)), texts_(std::move(texts)), config_(UNet2DConfig::parse(texts_.config.json, texts_.config.name)) {
    check_labels(texts_.labels, config_);
    const OpList list = smallest_list(config_, texts_.config.name);
    for (const ParameterInfo& info : list.parameters) wanted_.push_back({info.name, info.shape});
    parameters_ = list.parameter_elements();
    offsets_ = list.parameter_offsets();
    offsets_.push_back(parameters_);
}

void Model::take_weights(Read read) {
    read_ = std::move(read);
    std::vector<std::vector<int64_t>> shapes;
    for (const WantedTensor& tensor : wanted_) shapes.push_back(tensor.shape);
    weights_ = std::make_unique<Weights>(std::move(shapes), [this](Parameter parameter, float* out) { read_(size_t(parameter.id), out); });
}

void Model::read_weights(float* out) const {
    for (size_t i = 0; i < wanted_.size(); ++i) read_(i, out + offsets_[i]);
}

std::string Model::files_text() const {
    JsonWriter json;
    json.open('{').key("config").value(texts_.config.name).key("weights").open('[');
    for (const std::string& file : files_) json.value(file);
    json.close(']').key("types").open('[');
    for (const DType type : types_) json.value(name_of(type));
    return json.close(']').key("note").value(texts_.note).close('}').text();
}

void Model::write(const std::string& path, int32_t format) const {
    // The one text that nobody has looked at yet: broken, it would break the file that it is written into.
    if (!texts_.scheduler.name.empty()) Fields(Json::parse(texts_.scheduler.json, texts_.scheduler.name), texts_.scheduler.name);
    const ModelContent content{texts_.config.json, texts_.scheduler.json, texts_.labels.json, texts_.pipeline, wanted_, read_};
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
            .weight_bytes = weights_->packed_bytes(),
            .classes = 0,
            .features = 0};
}

void Model::classify(Pictures, float*, float*) { fail(Code::unsupported, name_, " does not classify"); }

void Model::check_size(int32_t height, int32_t width) {
    const std::lock_guard lock(mutex_);
    if (largest_.contains({height, width})) return;
    try {
        const OpList list = unet2d(config_, 1, height, width);
        int64_t largest = 0;
        for (const Shape& shape : list.shapes.all) largest = std::max(largest, shape.per_image());
        largest_[{height, width}] = largest;
    } catch (const Error& error) {
        fail(Code::argument, "images of ", height, "x", width, " do not fit ", name_, sizes_that_fit(config_, height, width), ": ", error.what());
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
