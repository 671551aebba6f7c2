// A tensor of another library: its own DLPack struct, its own deleter, which says how often it was called.
#pragma once

#include <functional>
#include <vector>

#include "session/dlpack.h"

namespace lgv::testing {

struct ForeignTensor {
    std::vector<int64_t> shape, strides;
    DlpackManaged managed;
    std::function<void()> at_end = [] {};
    int deleted = 0;

    // `data`: where the numbers are, on `device`.
    ForeignTensor(void* data, DlpackDevice device, DlpackType type, std::vector<int64_t> of) : shape(std::move(of)), strides(shape.size()) {
        int64_t stride = 1;
        for (size_t i = shape.size(); i-- > 0; stride *= shape[i]) strides[i] = stride;
        managed = {.major = 1,
                   .minor = 1,
                   .owner = this,
                   .deleter =
                       [](DlpackManaged* self) {
                           auto& tensor = *static_cast<ForeignTensor*>(self->owner);
                           ++tensor.deleted;
                           tensor.at_end();
                       },
                   .flags = 0,
                   .tensor = {.data = data, .device = device, .rank = int32_t(shape.size()), .type = type, .shape = shape.data(), .strides = strides.data(), .byte_offset = 0}};
    }
    ForeignTensor(const ForeignTensor&) = delete;
};

constexpr DlpackType dlpack_float32{2, 32, 1}, dlpack_uint8{1, 8, 1};

}  // namespace lgv::testing
