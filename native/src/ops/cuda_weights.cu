#include "ops/cuda_weights.h"

#include <cstring>

namespace lgv {

const std::byte* CudaWeights::packed(Parameter parameter, const std::string& form, int64_t bytes, const Pack& pack) {
    const std::lock_guard lock(mutex_);
    const auto found = packed_.find({parameter.id, form});
    if (found != packed_.end()) return found->second.data();
    std::vector<std::byte> host(size_t(bytes), std::byte{0});
    pack(source_.values(parameter), host.data());
    DeviceMemory memory(bytes);
    upload(memory.data(), host.data(), bytes);
    return packed_.emplace(std::pair(parameter.id, form), std::move(memory)).first->second.data();
}

const float* CudaWeights::plain(Parameter parameter) {
    int64_t elements = 1;
    for (const int64_t extent : shape(parameter)) elements *= extent;
    return reinterpret_cast<const float*>(packed(parameter, "plain", elements * int64_t(sizeof(float)), [](std::span<const float> values, std::byte* out) {
        std::memcpy(out, values.data(), values.size_bytes());
    }));
}

int64_t CudaWeights::packed_bytes() const {
    const std::lock_guard lock(mutex_);
    int64_t bytes = 0;
    for (const auto& [key, memory] : packed_) bytes += memory.bytes();
    return bytes;
}

}  // namespace lgv
