// A training row that changes nothing (a = 1, b = 0, s = 1) and wants the noise (u = 0, v = 1) turns the trainer into loss = mean((net - noise)^2), with the
// case's target in the noise's place. One image after the other the derivatives are summed; PyTorch's are their mean.
//
// Tolerance: 1e-4 of each tensor's largest gradient, and 1e-6 of the largest gradient of all, which is what float32 leaves of a sum that ought to be 0
// (the biases of attention's keys, a constant under softmax). Both in one number: difference / (largest of the tensor + largest of all / 100).
#include "parity/unet_gradients.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/error.h"
#include "parity/handles.h"
#include "parity/precision.h"
#include "parity/unet_inputs.h"

namespace lgv::parity {

namespace {

constexpr double kTolerance = 1e-4;

using Trainer = std::unique_ptr<lgv_trainer, decltype(&lgv_trainer_close)>;

// One batch of all images.
void accumulate(lgv_trainer* trainer, const UnetInputs& inputs, const std::vector<float>& target) {
    lgv_trainer_description network;
    call(lgv_trainer_describe, trainer, &network, int32_t(sizeof network));
    std::vector<lgv_training_row> rows;
    for (size_t i = 0; i < size_t(inputs.images); ++i) {
        lgv_training_row row{};
        row.a = row.s = row.w = row.v = 1;
        row.t = inputs.timestep[i];
        if (!inputs.classes.empty() && network.labels > 0) row.label = int32_t(inputs.classes[i]);
        if (!inputs.classes.empty()) row.class_timestep = float(inputs.classes[i]);
        rows.push_back(row);
    }
    call(lgv_trainer_accumulate, trainer, inputs.sample.data(), int32_t(LGV_PIXELS_FLOAT32), inputs.height, inputs.width, rows.data(), inputs.images,
         int32_t(sizeof(lgv_training_row)), target.data(), inputs.embeddings.empty() ? nullptr : inputs.embeddings.data());
}

// The gradient of one parameter, of the mean loss.
std::vector<float> gradient_of(lgv_trainer* trainer, const Fields& parameter, int32_t images) {
    int64_t count = 1;
    for (const int64_t extent : parameter.integers("shape")) count *= extent;
    std::vector<float> values(size_t(count), std::numeric_limits<float>::quiet_NaN());
    call(lgv_trainer_read, trainer, int32_t(LGV_ARENA_GRADIENTS), int64_t(parameter.natural("offset")), values.data(), count);
    for (float& value : values) value /= float(images);
    return values;
}

// What a case keeps of a tensor's gradient: all of it, or its norm and every max(1, n / 64)th element, at most 64.
struct Wanted {
    std::vector<float> elements;
    size_t stride = 1;
    double norm = -1;  // not kept
};

Wanted wanted_of(const Tensors& tensors, const std::string& name, size_t count) {
    if (tensors.has("grad." + name)) return {.elements = tensors.floats("grad." + name)};
    return {.elements = tensors.floats("grad_sample." + name), .stride = std::max<size_t>(1, count / 64), .norm = double(tensors.floats("grad_l2." + name)[0])};
}

}  // namespace

Verdict compare_gradients(const Golden& golden, const Setup& setup) {
    const Tensors tensors(golden);
    const UnetInputs inputs = read_inputs(tensors);
    const UnetFolder folder(golden);
    const Device device = open<Device>(lgv_device_open, lgv_device_close, setup.device.c_str(), 0);
    const Model model = open<Model>(lgv_model_open, lgv_model_close, device.get(), folder.path().c_str());
    lgv_trainer_settings settings{};
    settings.eps = 1e-8;
    settings.max_grad_norm = std::numeric_limits<double>::infinity();
    const Trainer trainer = open<Trainer>(lgv_trainer_open_from, lgv_trainer_close, model.get(), &settings, int32_t(sizeof settings));
    accumulate(trainer.get(), inputs, tensors.floats("target"));

    const Json parameters = Json::parse(text_of(lgv_trainer_parameters, trainer.get()), "parameters");
    struct Compared {
        std::string name;
        double difference, largest;
    };
    std::vector<Compared> all;
    double largest_of_all = 0;
    for (const Json& entry : parameters.array("parameters")) {
        const Fields parameter(entry, "parameters");
        const std::string name = parameter.string("name");
        const std::vector<float> ours = gradient_of(trainer.get(), parameter, inputs.images);
        const Wanted wanted = wanted_of(tensors, name, ours.size());
        double difference = 0, norm = 0;
        for (size_t i = 0; i < wanted.elements.size(); ++i) {
            const double off = std::abs(double(ours.at(i * wanted.stride)) - double(wanted.elements[i]));
            if (!(off <= difference)) difference = off;
        }
        for (const float value : ours) norm += double(value) * double(value);
        const double scale = wanted.norm < 0 ? double(largest(wanted.elements)) : wanted.norm / std::sqrt(double(ours.size()));
        if (wanted.norm >= 0) difference = std::max(difference, std::abs(std::sqrt(norm) - wanted.norm) / std::sqrt(double(ours.size())));
        all.push_back({name, difference, std::max(scale, double(largest(wanted.elements)))});
        largest_of_all = std::max(largest_of_all, all.back().largest);
    }
    Compared worst{"", -1, 0};
    for (Compared& tensor : all) {
        tensor.difference /= tensor.largest + largest_of_all / 100;
        if (!(tensor.difference <= worst.difference)) worst = tensor;
    }

    call(lgv_trainer_apply, trainer.get(), 0.0, static_cast<const double*>(nullptr), int32_t{0});
    call(lgv_trainer_wait, trainer.get(), int64_t{1});
    lgv_training_metrics metrics{};
    int32_t count = 0;
    call(lgv_trainer_metrics, trainer.get(), int64_t{1}, &metrics, int32_t{1}, int32_t(sizeof metrics), &count);
    const double loss = double(tensors.floats("loss")[0]), off = std::abs(metrics.loss - loss) / loss;
    expect(off <= kTolerance, Code::fault, "the loss is ", metrics.loss, ", PyTorch's ", loss);
    return compared("gradients", worst.difference, kTolerance,
                    text("of ", all.size(), " tensors the worst, ", worst.name, ", relative to its largest gradient; loss within ", off));
}

}  // namespace lgv::parity
