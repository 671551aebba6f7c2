#include "ops/weights.h"

#include <cstring>

namespace lgv {

namespace {

std::vector<std::vector<int64_t>> shapes_of(const std::vector<TensorView>& tensors) {
    std::vector<std::vector<int64_t>> shapes;
    for (const TensorView& tensor : tensors) shapes.push_back(tensor.shape);
    return shapes;
}

}  // namespace

Weights::Weights(std::vector<std::vector<int64_t>> shapes, Read read) : shapes_(std::move(shapes)), read_(std::move(read)) {}

Weights::Weights(std::vector<TensorView> tensors)
    : shapes_(shapes_of(tensors)), read_([tensors = std::move(tensors)](Parameter parameter, float* out) { to_float(tensors[size_t(parameter.id)], out); }) {}

int64_t Weights::elements(Parameter parameter) const {
    int64_t product = 1;
    for (const int64_t extent : shape(parameter)) product *= extent;
    return product;
}

std::vector<float> Weights::values(Parameter parameter) const {
    std::vector<float> values(size_t(elements(parameter)));
    read_(parameter, values.data());
    return values;
}

const float* Weights::packed(Parameter parameter, const std::string& form, int64_t floats,
                             const std::function<void(std::span<const float> values, float* out)>& pack) {
    const std::lock_guard lock(mutex_);
    const auto [entry, is_new] = packed_.try_emplace({parameter.id, form});
    if (is_new) {
        try {
            entry->second = Memory(floats * int64_t(sizeof(float)));
            pack(values(parameter), reinterpret_cast<float*>(entry->second.data()));
        } catch (...) {
            packed_.erase(entry);
            throw;
        }
    }
    return reinterpret_cast<const float*>(entry->second.data());
}

const float* Weights::plain(Parameter parameter) {
    return packed(parameter, "plain", elements(parameter),
                  [](std::span<const float> values, float* out) { std::memcpy(out, values.data(), values.size_bytes()); });
}

int64_t Weights::packed_bytes() const {
    const std::lock_guard lock(mutex_);
    int64_t bytes = 0;
    for (const auto& [key, memory] : packed_) bytes += memory.bytes();
    return bytes;
}

}  // namespace lgv
