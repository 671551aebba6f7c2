#include "session/dlpack.h"

#include <array>
#include <limits>
#include <string>
#include <utility>

#include "base/error.h"
#include "langevin.h"

namespace lgv {

namespace {

constexpr DlpackType float32{.code = 2, .bits = 32, .lanes = 1}, uint8{.code = 1, .bits = 8, .lanes = 1};

int64_t size_of(int32_t type) { return type == LGV_TYPE_UINT8 ? 1 : int64_t(sizeof(float)); }

std::string name_of(DlpackDevice device) {
    if (device.type == dlpack_cpu) return "the CPU";
    if (device.type == dlpack_cuda) return text("cuda:", device.index);
    return text("device type ", device.type, ", index ", device.index);
}

std::vector<int64_t> row_major(const std::vector<int64_t>& shape) {
    std::vector<int64_t> strides(shape.size());
    int64_t stride = 1;
    for (size_t i = shape.size(); i-- > 0;) {
        strides[i] = stride;
        stride *= shape[i];
    }
    return strides;
}

// What is behind one that we made.
struct Exported {
    DlpackManaged managed;
    std::array<int64_t, LGV_TENSOR_RANK> shape, strides;
    std::shared_ptr<void> keep;
};

}  // namespace

std::string to_text(int32_t type, const std::vector<int64_t>& shape) {
    std::string out = type == LGV_TYPE_UINT8 ? "uint8 [" : "float32 [";
    for (size_t i = 0; i < shape.size(); ++i) out += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
    return out + "]";
}

int64_t TensorLayout::bytes() const {
    int64_t bytes = size_of(type);
    for (const int64_t extent : shape) bytes *= extent;
    return bytes;
}

void check_layout(int32_t type, const std::vector<int64_t>& shape) {
    expect(type == LGV_TYPE_FLOAT32 || type == LGV_TYPE_UINT8, Code::argument, "tensor: type ", type, ", wanted one of enum lgv_type (0 to 1)");
    expect(shape.size() <= LGV_TENSOR_RANK, Code::argument, "tensor: ", shape.size(), " dimensions, at most ", int(LGV_TENSOR_RANK));
    int64_t bytes = size_of(type);
    for (size_t i = 0; i < shape.size(); ++i) {
        expect(shape[i] >= 1, Code::argument, "tensor: length ", shape[i], " of dimension ", i, ", wanted 1 or more");
        expect(shape[i] <= std::numeric_limits<int64_t>::max() / bytes, Code::argument, "tensor: ", to_text(type, shape), " has more than 2^63 bytes");
        bytes *= shape[i];
    }
}

DlpackManaged* export_dlpack(const TensorLayout& layout, DlpackDevice device, std::shared_ptr<void> keep) {
    auto made = std::make_unique<Exported>();
    const std::vector<int64_t> strides = row_major(layout.shape);
    std::copy(layout.shape.begin(), layout.shape.end(), made->shape.begin());
    std::copy(strides.begin(), strides.end(), made->strides.begin());
    made->keep = std::move(keep);
    made->managed = {.major = dlpack_major,
                     .minor = 0,  // nothing of a later version is used
                     .owner = made.get(),
                     .deleter = [](DlpackManaged* self) { delete static_cast<Exported*>(self->owner); },
                     .flags = layout.read_only ? dlpack_read_only : 0,
                     .tensor = {.data = layout.data,
                                .device = device,
                                .rank = int32_t(layout.shape.size()),
                                .type = layout.type == LGV_TYPE_UINT8 ? uint8 : float32,
                                .shape = made->shape.data(),
                                .strides = made->strides.data(),
                                .byte_offset = 0}};
    return &made.release()->managed;
}

TensorLayout read_dlpack(const DlpackManaged& managed, DlpackDevice device) {
    // The version comes first in every version; what follows it is known for this one alone.
    expect(managed.major == dlpack_major, Code::unsupported, "DLPack: version ", managed.major, ".", managed.minor, ", wanted ", dlpack_major, ".x");
    const DlpackTensor& tensor = managed.tensor;
    expect(tensor.device == device, Code::argument, "DLPack: the tensor is on ", name_of(tensor.device), ", this device is ", name_of(device), ": copy it there first");
    const bool is_float = tensor.type == float32;
    expect(is_float || tensor.type == uint8, Code::unsupported, "DLPack: type code ", int(tensor.type.code), " of ", int(tensor.type.bits), " bits and ", tensor.type.lanes,
           " lanes, wanted float32 (2, 32, 1) or uint8 (1, 8, 1)");
    expect(tensor.rank >= 0 && tensor.rank <= LGV_TENSOR_RANK, Code::argument, "DLPack: ", tensor.rank, " dimensions, wanted 0 to ", int(LGV_TENSOR_RANK));
    expect(tensor.shape != nullptr || tensor.rank == 0, Code::argument, "DLPack: shape is NULL");
    expect(tensor.data != nullptr, Code::argument, "DLPack: data is NULL");
    TensorLayout layout{.data = static_cast<std::byte*>(tensor.data) + tensor.byte_offset,
                        .type = is_float ? LGV_TYPE_FLOAT32 : LGV_TYPE_UINT8,
                        .shape = {tensor.shape, tensor.shape + tensor.rank},
                        .read_only = (managed.flags & dlpack_read_only) != 0};
    check_layout(layout.type, layout.shape);
    if (tensor.strides == nullptr) return layout;
    const std::vector<int64_t> wanted = row_major(layout.shape);
    for (size_t i = 0; i < wanted.size(); ++i) {
        // Where there is one place, it does not matter how far the next would be.
        expect(layout.shape[i] == 1 || tensor.strides[i] == wanted[i], Code::unsupported, "DLPack: stride ", tensor.strides[i], " of dimension ", i, " in ",
               to_text(layout.type, layout.shape), ", wanted ", wanted[i], ": make it contiguous first");
    }
    return layout;
}

}  // namespace lgv
