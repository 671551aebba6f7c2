// A tensor that somebody else owns: type, shape as the file has it (row-major, any rank) and where its bytes are. The bytes need not be
// aligned to the element size: read them through to_float or memcpy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/shape.h"

namespace lgv {

struct TensorView {
    DType dtype = DType::f32;
    std::vector<int64_t> shape;
    const std::byte* data = nullptr;

    int64_t elements() const;  // 1 for a scalar (empty shape)
    int64_t bytes() const;
};

// "[256, 128, 3, 3]"
std::string to_text(const std::vector<int64_t>& shape);

// Writes elements() floats. Takes f32, f16, bf16 and f64 (rounded to nearest even); other types are an Error.
void to_float(const TensorView& view, float* out);

}  // namespace lgv
