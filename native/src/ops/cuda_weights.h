// The packed forms of a model's weights in device memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "device/cuda/memory.h"
#include "ops/op.h"
#include "ops/weights.h"

namespace lgv {

// Safe to use from several threads at once.
class CudaWeights {
public:
    // What becomes of a packed form: memory of a GPU, or its size alone (every form is then nullptr, no value is read and no GPU is needed), for those who lower
    // a network to see what it would cost.
    enum class Keep : uint8_t { forms, sizes };

    // Writes a packed form, `bytes` long and zeros at first, from the values in the file's order.
    using Pack = std::function<void(std::span<const float> values, std::byte* out)>;

    // `source` outlives this.
    explicit CudaWeights(const Weights& source, Keep keep = Keep::forms) : source_(source), keep_(keep) {}

    const std::vector<int64_t>& shape(Parameter parameter) const { return source_.shape(parameter); }
    const Weights& source() const { return source_; }

    // A packed form in device memory, 256-byte aligned, made at the first call for this (parameter, form) and kept as long as this lives. `form` names the
    // layout and everything that it depends on.
    const std::byte* packed(Parameter parameter, const std::string& form, int64_t bytes, const Pack& pack);

    // The file's own order, float32: biases, norms, tables.
    const float* plain(Parameter parameter);

    // Numbers that are no parameter's. `form` names them and everything that they depend on.
    const float* table(const std::string& form, const std::vector<float>& numbers);

    // Of all packed forms made so far.
    int64_t packed_bytes() const;

private:
    struct Form {
        int64_t bytes = 0;
        DeviceMemory memory;
    };
    const std::byte* form(Parameter parameter, const std::string& name, int64_t bytes, const std::function<void(std::byte* out)>& write);

    const Weights& source_;
    const Keep keep_;
    mutable std::mutex mutex_;
    std::map<std::pair<int32_t, std::string>, Form> forms_;
};

}  // namespace lgv
