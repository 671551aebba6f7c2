#include "base/tensor_view.h"

#include <bit>
#include <cstring>

#include "base/error.h"

namespace lgv {

namespace {

template <class Bits>
Bits load(const std::byte* at) {
    Bits bits;
    std::memcpy(&bits, at, sizeof bits);
    return bits;
}

float from_bf16(uint16_t bits) { return std::bit_cast<float>(uint32_t{bits} << 16); }

// Exact for every half, subnormal, infinite and NaN ones included. A subnormal half m * 2^-24 is a normal float.
float from_f16(uint16_t bits) {
    const uint32_t sign = uint32_t(bits & 0x8000) << 16;
    const uint32_t exponent = (bits >> 10) & 0x1f;
    const uint32_t fraction = bits & 0x3ff;
    if (exponent == 0x1f) return std::bit_cast<float>(sign | 0x7f800000 | (fraction << 13));
    if (exponent != 0) return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (fraction << 13));
    const float magnitude = float(fraction) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
}

}  // namespace

int64_t TensorView::elements() const {
    int64_t product = 1;
    for (int64_t extent : shape) product *= extent;
    return product;
}

int64_t TensorView::bytes() const { return elements() * size_of(dtype); }

std::string to_text(const std::vector<int64_t>& shape) {
    std::string out = "[";
    for (size_t i = 0; i < shape.size(); ++i) {
        if (i) out += ", ";
        out += std::to_string(shape[i]);
    }
    return out + "]";
}

void to_float(const TensorView& view, float* out) {
    const int64_t n = view.elements();
    const std::byte* in = view.data;
    switch (view.dtype) {
        case DType::f32:
            if (n) std::memcpy(out, in, size_t(n) * 4);
            return;
        case DType::f16:
            for (int64_t i = 0; i < n; ++i) out[i] = from_f16(load<uint16_t>(in + 2 * i));
            return;
        case DType::bf16:
            for (int64_t i = 0; i < n; ++i) out[i] = from_bf16(load<uint16_t>(in + 2 * i));
            return;
        case DType::f64:
            for (int64_t i = 0; i < n; ++i) out[i] = float(load<double>(in + 8 * i));
            return;
        default: fail(Code::model, "a tensor of type ", name_of(view.dtype), " ", to_text(view.shape), " cannot be read as float32");
    }
}

}  // namespace lgv
