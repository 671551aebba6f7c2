#include "ops/cuda_weights.h"

#include <cstring>

namespace lgv {

const std::byte* CudaWeights::form(Parameter parameter, const std::string& name, int64_t bytes, const std::function<void(std::byte* out)>& write) {
    const std::lock_guard lock(mutex_);
    const auto found = forms_.find({parameter.id, name});
    if (found != forms_.end()) return found->second.memory.data();
    Form form{.bytes = bytes, .memory = {}};
    if (keep_ == Keep::forms) {
        std::vector<std::byte> host(size_t(bytes), std::byte{0});
        write(host.data());
        form.memory = DeviceMemory(bytes);
        upload(form.memory.data(), host.data(), bytes);
    }
    return forms_.emplace(std::pair(parameter.id, name), std::move(form)).first->second.memory.data();
}

const std::byte* CudaWeights::packed(Parameter parameter, const std::string& form, int64_t bytes, const Pack& pack) {
    return this->form(parameter, form, bytes, [&](std::byte* out) { pack(source_.values(parameter), out); });
}

const float* CudaWeights::plain(Parameter parameter) {
    int64_t elements = 1;
    for (const int64_t extent : shape(parameter)) elements *= extent;
    return reinterpret_cast<const float*>(packed(parameter, "plain", elements * int64_t(sizeof(float)), [](std::span<const float> values, std::byte* out) {
        std::memcpy(out, values.data(), values.size_bytes());
    }));
}

const float* CudaWeights::table(const std::string& form, const std::vector<float>& numbers) {
    const auto bytes = int64_t(numbers.size() * sizeof(float));
    return reinterpret_cast<const float*>(this->form({}, form, bytes, [&](std::byte* out) {
        if (bytes > 0) std::memcpy(out, numbers.data(), size_t(bytes));
    }));
}

int64_t CudaWeights::packed_bytes() const {
    const std::lock_guard lock(mutex_);
    int64_t bytes = 0;
    for (const auto& [key, form] : forms_) bytes += form.bytes;
    return bytes;
}

}  // namespace lgv
