// The weights of a model: one safetensors file, or several with an index that says which tensor is in which.
//
//     {"metadata": {"total_size": 455000000}, "weight_map": {"conv_in.weight": "diffusion_pytorch_model-00001-of-00002.safetensors", ...}}
//
// Values are read, never mapped: a file that is shortened or changed while it is open is an Error then, not a fault of the process.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/safetensors.h"

namespace lgv {

struct WeightTensor {
    const Safetensors* file = nullptr;
    const Safetensors::Entry* entry = nullptr;
};

class WeightFiles {
public:
    explicit WeightFiles(Safetensors file);

    // The files lie beside the index. An Error if one is missing, or if the index and the files do not agree, tensor for tensor.
    static WeightFiles of_index(const std::filesystem::path& index);

    const std::string& name() const { return name_; }  // for messages: the file, or the index
    const std::vector<Safetensors>& files() const { return files_; }

    WeightTensor find(std::string_view tensor) const;  // entry nullptr: not there
    size_t tensors() const;

private:
    WeightFiles() = default;

    std::string name_;
    std::vector<Safetensors> files_;
};

}  // namespace lgv
