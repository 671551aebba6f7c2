// A model as its user holds it: files that were read, their weights on a device, and the programs made of them so far.
#pragma once

#include <cstdint>
#include <map>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "device/memory.h"
#include "graph/program.h"
#include "io/model_files.h"
#include "io/tensor_match.h"
#include "langevin.h"
#include "models/network.h"
#include "ops/weights.h"
#include "session/device.h"

namespace lgv {

// Error::model where labels.json does not name the network's classes.
void check_labels(const ModelTexts::Text& labels, const Network& network);

// Behind a message that images of this size do not fit: which do. Empty where it is not the halving.
std::string sizes_that_fit(const Network& network, int32_t height, int32_t width);

// Immutable to its users; safe to use from several threads.
class Model {
public:
    static std::shared_ptr<Model> open(std::shared_ptr<Device> device, const std::string& path);

    // Of weights in memory: flat float32, in the order of the op list's parameters. `name`: for messages.
    static std::shared_ptr<Model> of_weights(std::shared_ptr<Device> device, std::string name, ModelTexts texts, std::shared_ptr<const Memory> weights);

    const std::shared_ptr<Device>& device() const { return device_; }
    const Network& network() const { return network_; }
    const ModelTexts& texts() const { return texts_; }
    std::string files_text() const;  // a JSON object, as langevin.h shows it
    const std::string& name() const { return name_; }

    lgv_model_description describe() const;

    // Error::argument, with the layer at which it does not fit, where the network cannot take images of this size.
    void check_size(int32_t height, int32_t width);

    // The same, and before that 0 x 0 becomes the model's own size.
    void settle_size(int32_t& height, int32_t& width);

    // Images of this size (checked before) that one launch takes at most: a larger batch gains nothing and wants more memory. At least 1.
    int64_t chunk_rows(int32_t height, int32_t width) const;

    // The program for exactly `rows` images; made at the first call, weights packed with it.
    const CpuProgram& program(int64_t rows, int32_t height, int32_t width);

    // The caller's pictures, [count, C, H, W] as enum lgv_pixels says.
    struct Pictures {
        const void* images;
        int32_t pixels, height, width, count;
    };
    // Of a classifier: what lgv_model_classify says. `features` may be nullptr.
    void classify(Pictures pictures, float* logits, float* features);

    void write(const std::string& path, int32_t format) const;  // enum lgv_format

    // All weights as float32, flat, in the order of the op list's parameters.
    void read_weights(float* out) const;

private:
    // Writes parameter i as float32.
    using Read = std::function<void(size_t parameter, float* out)>;

    Model(std::shared_ptr<Device> device, std::string name, ModelTexts texts);
    void take_weights(Read read);
    void classify_rows(const CpuProgram& program, const Pictures& pictures, int64_t first, int64_t rows, float* logits, float* features);

    std::shared_ptr<Device> device_;
    std::string name_;  // the path it was opened by, for messages
    ModelTexts texts_;
    Network network_;
    std::vector<WantedTensor> wanted_;  // in the order of the parameters
    int64_t parameters_ = 0;
    std::vector<int64_t> offsets_;      // of each in a flat arena of all, and the end
    std::vector<std::string> files_;    // of the weights, and the types that their tensors have there
    std::set<DType> types_{DType::f32};
    Read read_;
    std::unique_ptr<Weights> weights_;
    mutable std::mutex mutex_;
    std::map<std::pair<int32_t, int32_t>, int64_t> largest_;  // of each size that fits: numbers in the largest value of one image
    std::map<std::tuple<int64_t, int32_t, int32_t>, std::unique_ptr<CpuProgram>> programs_;
};

}  // namespace lgv
