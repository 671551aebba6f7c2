// A model as its user holds it: files that were read, their weights, and the programs made of them so far for a device.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "device/memory.h"
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

    // The programs of its device.
    Programs& programs() const { return *programs_; }

    // Of `rows` images, or as many of them as one launch takes; 0 x 0 is the model's own size.
    lgv_plan_description plan(int32_t rows, int32_t height, int32_t width);
    std::string dump(int32_t rows, int32_t height, int32_t width);

    // What lgv_model_predict says: on a GPU that need not be here, whatever the device of this model is.
    std::string predict(const std::string& gpu, int32_t rows, int32_t height, int32_t width);

    // Of a classifier: what lgv_model_classify says. `features` may be nullptr.
    void classify(Programs::Pictures pictures, float* logits, float* features);

    void write(const std::string& path, int32_t format) const;  // enum lgv_format

    // All weights as float32, flat, in the order of the op list's parameters.
    void read_weights(float* out) const;

private:
    // Writes parameter i as float32.
    using Read = std::function<void(size_t parameter, float* out)>;

    int64_t settle(int32_t rows, int32_t& height, int32_t& width);  // rows of one launch
    Model(std::shared_ptr<Device> device, std::string name, ModelTexts texts);
    void take_weights(Read read);

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
    std::unique_ptr<Programs> programs_;
};

}  // namespace lgv
