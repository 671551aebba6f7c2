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
#include <functional>
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

    // Reads the values as float32, rounded to nearest even where they are float64. Not through the map: an Error if the file was changed since it was
    // opened, or if the type is no floating one.
    void read(const Entry& entry, float* out) const;

private:
    MappedFile file_;
    std::vector<Entry> entries_;
    std::vector<std::pair<std::string, std::string>> metadata_;
    std::map<std::string, size_t, std::less<>> index_;
};

struct NamedTensor {
    std::string name;
    TensorView view;  // for the form below without its data
};

using Metadata = std::vector<std::pair<std::string, std::string>>;

// Writes the tensors in the given order, data aligned to 8 bytes, and the file whole or not at all (atomic_file.h).
void write_safetensors(const std::filesystem::path& path, const std::vector<NamedTensor>& tensors, const Metadata& metadata = {});

// The same of tensors that are made one after the other: bytes_of(i) is called once for each, in order.
void write_safetensors(const std::filesystem::path& path, const std::vector<NamedTensor>& tensors, const Metadata& metadata,
                       const std::function<std::vector<std::byte>(size_t)>& bytes_of);

}  // namespace lgv
