// DLPack 1.x (dmlc.github.io/dlpack): how libraries hand tensors to each other, as a C struct. Its layout, and what of it we make and take.
//
//     DlpackManaged              what crosses: a tensor, and the deleter that whoever has it calls once, on any thread
//     export_dlpack              of our memory, which is kept until then
//     read_dlpack                what a foreign one says, checked: nothing is taken
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace lgv {

// DLDevice.
struct DlpackDevice {
    int32_t type;  // 1 the CPU, 2 CUDA
    int32_t index;
    bool operator==(const DlpackDevice&) const = default;
};

constexpr int32_t dlpack_cpu = 1, dlpack_cuda = 2;

// DLDataType.
struct DlpackType {
    uint8_t code;  // 1 unsigned integers, 2 floating point
    uint8_t bits;
    uint16_t lanes;  // numbers in an element
    bool operator==(const DlpackType&) const = default;
};

// DLTensor.
struct DlpackTensor {
    void* data;
    DlpackDevice device;
    int32_t rank;
    DlpackType type;
    int64_t* shape;
    int64_t* strides;  // in elements; nullptr: row-major
    uint64_t byte_offset;
};

// DLManagedTensorVersioned.
struct DlpackManaged {
    uint32_t major, minor;
    void* owner;
    void (*deleter)(DlpackManaged* self);  // nullptr: nothing is to be done
    uint64_t flags;
    DlpackTensor tensor;
};

static_assert(sizeof(DlpackTensor) == 48 && sizeof(DlpackManaged) == 80 && offsetof(DlpackManaged, tensor) == 32, "the layout of DLPack 1.x");

constexpr uint32_t dlpack_major = 1;
constexpr uint64_t dlpack_read_only = 1;  // of flags

// Memory as a tensor, row-major.
struct TensorLayout {
    std::byte* data;
    int32_t type;  // enum lgv_type
    std::vector<int64_t> shape;
    bool read_only;

    int64_t bytes() const;
};

// "float32 [2, 3, 8, 8]"
std::string to_text(int32_t type, const std::vector<int64_t>& shape);

// Error::argument, naming the thing, unless a tensor may be of this type and shape.
void check_layout(int32_t type, const std::vector<int64_t>& shape);

// The deleter lets go of `keep`.
DlpackManaged* export_dlpack(const TensorLayout& layout, DlpackDevice device, std::shared_ptr<void> keep);

// Error::argument or Error::unsupported, where it is not what a tensor of `device` can be.
TensorLayout read_dlpack(const DlpackManaged& managed, DlpackDevice device);

}  // namespace lgv
