// Seeded weights for an op list, for tests of programs and of what stands on them.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "base/philox.h"
#include "base/tensor_view.h"
#include "graph/op_list.h"

namespace lgv::test {

// Owns the tensors of an op list: weights of variance 1/fan-in, norms near 1, biases near 0, all of them different from what would hide a mistake.
class SeededTensors {
public:
    SeededTensors(const OpList& list, uint64_t seed);
    const std::vector<TensorView>& views() const { return views_; }

private:
    std::vector<std::vector<float>> values_;
    std::vector<TensorView> views_;
};

inline std::vector<float> normals(uint64_t seed, int64_t count) {
    std::vector<float> values(static_cast<size_t>(count));
    philox_normals(seed, 0, Purpose::sample, 0, count, values.data());
    return values;
}

inline SeededTensors::SeededTensors(const OpList& list, uint64_t seed) {
    for (const ParameterInfo& info : list.parameters) {
        int64_t elements = 1;
        for (const int64_t extent : info.shape) elements *= extent;
        std::vector<float> values = normals(seed++, elements);
        const bool is_matrix = info.shape.size() > 1;
        const bool is_gain = !is_matrix && info.name.ends_with(".weight");
        const float scale = is_matrix ? 1 / std::sqrt(float(elements) / float(info.shape[0])) : 0.2f;
        for (float& value : values) value = value * scale + (is_gain ? 1.0f : 0.0f);
        values_.push_back(std::move(values));
    }
    for (size_t i = 0; i < values_.size(); ++i) {
        views_.push_back({DType::f32, list.parameters[i].shape, reinterpret_cast<const std::byte*>(values_[i].data())});
    }
}

}  // namespace lgv::test
