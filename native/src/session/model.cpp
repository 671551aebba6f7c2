#include "session/model.h"

#include <algorithm>

#include "base/error.h"
#include "io/tensor_match.h"
#include "models/unet2d.h"

namespace lgv {

namespace {

// Chunks: eight images amortise what a launch costs beyond its arithmetic; where one image's activations are large, fewer do, and the arena
// stays in reach of the caches. Never a matter of results: an image's bits do not depend on its chunk.
constexpr int64_t most_chunk_rows = 8;
constexpr int64_t most_chunk_floats = int64_t{4} << 20;  // of the largest value, all rows together

}  // namespace

std::shared_ptr<Model> Model::open(std::shared_ptr<Device> device, const std::string& path) {
    return std::shared_ptr<Model>(new Model(std::move(device), path, open_model_folder(path)));
}

Model::Model(std::shared_ptr<Device> device, std::string path, ModelFolder folder)
    : device_(std::move(device)),
      name_(std::move(path)),
      folder_(std::move(folder)),
      config_(UNet2DConfig::parse(folder_.config, folder_.config_file.string())),
      file_(folder_.weights) {
    // Which tensors there are does not depend on the size of the images: one pixel for each of the deepest level will do.
    const int64_t smallest = int64_t{1} << (config_.block_out_channels.size() - 1);
    const OpList list = unet2d(config_, 1, smallest, smallest);
    std::vector<WantedTensor> wanted;
    for (const ParameterInfo& info : list.parameters) wanted.push_back({info.name, info.shape});
    parameters_ = list.parameter_elements();
    weights_ = std::make_unique<Weights>(match(file_, wanted), [this](const TensorView& view) { file_.release(view); });
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
        file_.file().expect_whole();
        program = std::make_unique<CpuProgram>(unet2d(config_, rows, height, width), *weights_, device_->isa(), device_->threads());
    }
    return *program;
}

}  // namespace lgv
