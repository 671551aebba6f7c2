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
#include "device/cpu/team.h"
#include "device/memory.h"
#include "ops/op.h"

namespace lgv {

// Safe to use from several threads at once, but for refresh().
class Weights {
public:
    // Writes the values of a parameter as float32, in the file's order. Called whenever a form is packed, from any thread.
    using Read = std::function<void(Parameter parameter, float* out)>;

    // Writes a packed form from the values: into zeros at first, over its own last result when the values have changed. What it captures it captures by
    // value: where values change it is kept. It may run in any thread, beside the packing of other forms.
    using Pack = std::function<void(std::span<const float> values, float* out)>;

    // One shape for each parameter, in the order of the op list's table.
    Weights(std::vector<std::vector<int64_t>> shapes, Read read);

    // Tensors in memory that outlives this.
    explicit Weights(std::vector<TensorView> tensors);

    // Parameters that change, those of a training: float32 one after the other, without gaps, in the order of the table, in memory that outlives this.
    Weights(std::vector<std::vector<int64_t>> shapes, const float* arena);

    const std::vector<int64_t>& shape(Parameter parameter) const { return shapes_[size_t(parameter.id)]; }

    // The parameter as float32 in the file's order (OIHW for convolutions, [out, in] for linears), copied.
    std::vector<float> values(Parameter parameter) const;

    // A packed form: `floats` float32 written by `pack` from the values, made at the first call for this (parameter, form) and kept as long as this
    // lives. `form` names the layout and everything that it depends on: "gemm 32", "conv direct 16" ...
    const float* packed(Parameter parameter, const std::string& form, int64_t floats, const Pack& pack);

    // The file's own order: biases, norms, tables. Of an arena it is the place in the arena, which need not be aligned.
    const float* plain(Parameter parameter);

    // Packs every form made so far again, where it is: for those who change the arena, after each change. Called by the thread that leads the team, while
    // nothing runs that reads the weights, or writes the arena. Throws what a packing throws; the forms are then partly old.
    void refresh(ThreadTeam& team);

    // Of all packed forms made so far.
    int64_t packed_bytes() const;

private:
    struct Form {
        Memory memory;
        Pack pack;  // only where values change: what it captures is memory, too
        float* data() const { return reinterpret_cast<float*>(memory.data()); }
    };

    int64_t elements(Parameter parameter) const;
    std::span<const float> in_arena(Parameter parameter) const;

    std::vector<std::vector<int64_t>> shapes_;
    Read read_;
    const float* arena_ = nullptr;  // none: values do not change, read_ gives them
    std::vector<int64_t> starts_;   // of each parameter in the arena
    mutable std::mutex mutex_;
    std::map<std::pair<int32_t, std::string>, Form> packed_;
};

}  // namespace lgv
