#include "ops/weights.h"

#include <cstring>

namespace lgv {

Weights::Weights(std::vector<TensorView> tensors, std::function<void(const TensorView&)> release)
    : tensors_(std::move(tensors)), release_(std::move(release)) {}

std::vector<float> Weights::values(Parameter parameter) const {
    const TensorView& tensor = tensors_[size_t(parameter.id)];
    std::vector<float> values(size_t(tensor.elements()));
    to_float(tensor, values.data());
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
        if (release_) release_(tensors_[size_t(parameter.id)]);
    }
    return reinterpret_cast<const float*>(entry->second.data());
}

const float* Weights::plain(Parameter parameter) {
    return packed(parameter, "plain", tensors_[size_t(parameter.id)].elements(),
                  [](std::span<const float> values, float* out) { std::memcpy(out, values.data(), values.size_bytes()); });
}

int64_t Weights::packed_bytes() const {
    const std::lock_guard lock(mutex_);
    int64_t bytes = 0;
    for (const auto& [key, memory] : packed_) bytes += memory.bytes();
    return bytes;
}

}  // namespace lgv
