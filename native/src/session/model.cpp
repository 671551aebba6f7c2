#include "session/model.h"

#include <algorithm>

#include "base/error.h"
#include "io/json.h"
#include "io/model_writer.h"
#include "ops/noising/noising.h"

namespace lgv {

// A name for each class, in their order; a row that means "no class" may go without.
void check_labels(const ModelTexts::Text& labels, const Network& network) {
    if (labels.name.empty()) return;
    const Json json = Json::parse(labels.json, labels.name);
    const std::vector<Json>& names = json.array(labels.name);
    for (size_t i = 0; i < names.size(); ++i) names[i].string(text(labels.name, "[", i, "]"));
    const int32_t classes = network.classifier() ? network.classes() : network.labels();
    const bool fits = int64_t(names.size()) == classes || (network.none_label() >= 0 && int64_t(names.size()) == classes - 1);
    expect(fits, Code::model, labels.name, " has ", names.size(), " names, the network ", classes, " classes",
           network.none_label() >= 0 ? ", one of which means none" : "");
}

std::string sizes_that_fit(const Network& network, int32_t height, int32_t width) {
    if (!network.unet()) return "";  // a classifier says its size itself
    const size_t levels = network.unet()->block_out_channels.size();
    const int32_t multiple = int32_t{1} << (levels - 1);
    if (height % multiple == 0 && width % multiple == 0) return "";
    return text(" (height and width in multiples of ", multiple, " fit: ", levels, " levels, each half of the one before)");
}

namespace {

constexpr int32_t most_extent = 16384;

OpList smallest_list(const Network& network, const std::string& name) {
    try {
        return network.smallest();
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
    : device_(std::move(device)), name_(std::move(name)), texts_(std::move(texts)), network_(Network::parse(texts_.config.json, texts_.config.name)) {
    check_labels(texts_.labels, network_);
    const OpList list = smallest_list(network_, texts_.config.name);
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
    programs_ = device_->backend().programs(network_, *weights_);
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
    return {.in_channels = network_.in_channels(),
            .out_channels = network_.out_channels(),
            .height = network_.height(),
            .width = network_.width(),
            .labels = network_.labels(),
            .none_label = network_.none_label(),
            .parameters = parameters_,
            .weight_bytes = programs_->weight_bytes(),
            .classes = network_.classes(),
            .features = network_.features()};
}

void Model::check_size(int32_t height, int32_t width) {
    try {
        programs_->chunk_rows(height, width);
    } catch (const Error& error) {
        fail(Code::argument, "images of ", height, "x", width, " do not fit ", name_, sizes_that_fit(network_, height, width), ": ", error.what());
    }
}

void Model::settle_size(int32_t& height, int32_t& width) {
    if (height == 0 && width == 0) {
        height = network_.height();
        width = network_.width();
        expect(height > 0, Code::argument, name_, " has no sample_size: say height and width");
    }
    expect(height >= 1 && height <= most_extent && width >= 1 && width <= most_extent, Code::argument, "height ", height, " and width ", width, ", wanted 1 to ",
           most_extent);
    check_size(height, width);
}

int64_t Model::settle(int32_t rows, int32_t& height, int32_t& width) {
    expect(rows >= 1, Code::argument, "rows: ", rows, ", wanted 1 or more");
    settle_size(height, width);
    return std::min(int64_t{rows}, programs_->chunk_rows(height, width));
}

lgv_plan_description Model::plan(int32_t rows, int32_t height, int32_t width) {
    const int64_t launched = settle(rows, height, width);
    return programs_->plan(launched, height, width);
}

std::string Model::dump(int32_t rows, int32_t height, int32_t width) {
    const int64_t launched = settle(rows, height, width);
    return programs_->dump(launched, height, width);
}

std::string Model::predict(const std::string& gpu, int32_t rows, int32_t height, int32_t width) {
    const GpuMachine& machine = gpu_machine(gpu);
    expect(rows >= 1, Code::argument, "rows: ", rows, ", wanted 1 or more");
    settle_size(height, width);
    return predict_cuda(machine, network_, *weights_, rows, height, width);
}

void Model::classify(Programs::Pictures pictures, float* logits, float* features) {
    expect(network_.classifier() != nullptr, Code::argument, name_, " makes images, it does not classify: that takes a model whose config.json says",
           " \"_class_name\": \"LangevinClassifier\"");
    expect(pictures.pixels == LGV_PIXELS_UINT8 || pictures.pixels == LGV_PIXELS_FLOAT32, Code::argument, "pixels ", pictures.pixels,
           ", wanted one of enum lgv_pixels (0 to 1)");
    expect(pictures.count >= 1, Code::argument, "count ", pictures.count, ", wanted 1 or more");
    settle_size(pictures.height, pictures.width);
    // One piece of work, during which the caller waits: its pictures need no copy.
    device_->run([&] { programs_->classify(pictures, logits, features); });
}

}  // namespace lgv
