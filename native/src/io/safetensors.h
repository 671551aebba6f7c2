// safetensors files: 8 bytes of header length (little endian), a JSON header, the tensors' bytes.
//
//     {"__metadata__": {"format": "pt"}, "conv_in.bias": {"dtype": "F32", "shape": [32], "data_offsets": [0, 128]}, ...}
//
// Opening checks everything that can be known without reading a tensor: lengths, names, types, that each shape has the bytes that its
// offsets say, and that the tensors cover the data without hole, overlap or rest. After that a view can be trusted. Offsets need not be
// aligned.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/tensor_view.h"
#include "io/mapped_file.h"

namespace lgv {

class Safetensors {
public:
    struct Entry {
        std::string name;
        DType dtype;
        std::vector<int64_t> shape;
        int64_t offset;  // from the start of the file
        int64_t bytes;
    };

    explicit Safetensors(const std::filesystem::path& path);

    const std::vector<Entry>& entries() const { return entries_; }  // in the order of the header
    const std::vector<std::pair<std::string, std::string>>& metadata() const { return metadata_; }
    const MappedFile& file() const { return file_; }

    const Entry* find(std::string_view name) const;  // nullptr: not there
    TensorView view(const Entry& entry) const;       // lives as long as this
    TensorView at(std::string_view name) const;      // an Error if it is not there

    // Gives the pages of a view of this file back, after its values were copied or packed.
    void release(const TensorView& view) const;

private:
    MappedFile file_;
    std::vector<Entry> entries_;
    std::vector<std::pair<std::string, std::string>> metadata_;
    std::map<std::string, size_t, std::less<>> index_;
};

struct NamedTensor {
    std::string name;
    TensorView view;
};

// Writes the tensors in the given order, data aligned to 8 bytes.
void write_safetensors(const std::filesystem::path& path, const std::vector<NamedTensor>& tensors,
                       const std::vector<std::pair<std::string, std::string>>& metadata = {});

}  // namespace lgv
