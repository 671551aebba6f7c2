// A model of a config alone: its weights are made of a seed, the same on every device.
#pragma once

#include <memory>

#include "base/tensor_view.h"
#include "graph/op_list.h"
#include "session/model.h"
#include "tests/graph/seeded_tensors.h"

namespace lgv::testing {

inline std::shared_ptr<Model> seeded_model(const char* device, const char* json) {
    const Network network = Network::parse(json, "config.json");
    const OpList list = network.smallest();
    const test::SeededTensors tensors(list, 5);
    const auto weights = std::make_shared<Memory>(list.parameter_elements() * int64_t(sizeof(float)));
    float* to = reinterpret_cast<float*>(weights->data());
    for (const TensorView& view : tensors.views()) {
        to_float(view, to);
        int64_t count = 1;
        for (const int64_t extent : view.shape) count *= extent;
        to += count;
    }
    ModelTexts texts;
    texts.config = {"config.json", json};
    return Model::of_weights(Device::open(device, 1), "a small network", texts, weights);
}

}  // namespace lgv::testing
