// A case folder: case.json and tensors.safetensors, as tests/goldens/README.md describes them. What is missing or misshapen is an Error.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/tensor_view.h"
#include "io/json.h"
#include "io/safetensors.h"

namespace lgv::parity {

// As written with Fields, so that it can be held beside the JSON that it points into.
class Golden {
public:
    explicit Golden(const std::filesystem::path& folder);
    Golden(const Golden&) = delete;

    const std::filesystem::path& folder() const { return folder_; }
    const Fields& fields() const { return fields_; }
    std::string kind() const { return fields_.string("kind"); }

private:
    std::filesystem::path folder_;
    Json json_;
    Fields fields_;
};

class Tensors {
public:
    explicit Tensors(const Golden& golden) : file_(golden.folder() / "tensors.safetensors") {}

    bool has(const std::string& name) const { return file_.find(name) != nullptr; }
    const std::vector<int64_t>& shape(const std::string& name) const;
    DType dtype(const std::string& name) const;

    std::vector<float> floats(const std::string& name) const;
    std::vector<int64_t> longs(const std::string& name) const;

private:
    const Safetensors::Entry& entry(const std::string& name) const;

    Safetensors file_;
};

}  // namespace lgv::parity
