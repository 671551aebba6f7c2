// The numbers behind the parameters of an op list, and their packed forms.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/tensor_view.h"
#include "device/memory.h"
#include "ops/op.h"

namespace lgv {

// Safe to use from several threads at once.
class Weights {
public:
    // Writes the values of a parameter as float32, in the file's order. Called whenever a form is packed, from any thread.
    using Read = std::function<void(Parameter parameter, float* out)>;

    // One shape for each parameter, in the order of the op list's table.
    Weights(std::vector<std::vector<int64_t>> shapes, Read read);

    // Tensors in memory that outlives this.
    explicit Weights(std::vector<TensorView> tensors);

    const std::vector<int64_t>& shape(Parameter parameter) const { return shapes_[size_t(parameter.id)]; }

    // The parameter as float32 in the file's order (OIHW for convolutions, [out, in] for linears), copied.
    std::vector<float> values(Parameter parameter) const;

    // A packed form: `floats` float32 written by `pack` from the values, made at the first call for this (parameter, form) and kept as long as this
    // lives. `form` names the layout and everything that it depends on: "plain", "gemm 32" ...
    const float* packed(Parameter parameter, const std::string& form, int64_t floats,
                        const std::function<void(std::span<const float> values, float* out)>& pack);

    // The file's own order, as a packed form: biases, norms, tables.
    const float* plain(Parameter parameter);

    // Of all packed forms made so far.
    int64_t packed_bytes() const;

private:
    int64_t elements(Parameter parameter) const;

    std::vector<std::vector<int64_t>> shapes_;
    Read read_;
    mutable std::mutex mutex_;
    std::map<std::pair<int32_t, std::string>, Memory> packed_;
};

}  // namespace lgv
