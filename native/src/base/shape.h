// What a tensor is made of: element types and the one shape that langevin has inside, NHWC.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>

namespace lgv {

enum class DType : uint8_t { f32, f16, bf16, f64, i64, i32, i16, i8, u8, boolean };

// Bytes of one element.
constexpr int64_t size_of(DType type) {
    switch (type) {
        case DType::f64:
        case DType::i64: return 8;
        case DType::f32:
        case DType::i32: return 4;
        case DType::f16:
        case DType::bf16:
        case DType::i16: return 2;
        case DType::i8:
        case DType::u8:
        case DType::boolean: return 1;
    }
    return 0;
}

constexpr const char* name_of(DType type) {
    switch (type) {
        case DType::f32: return "float32";
        case DType::f16: return "float16";
        case DType::bf16: return "bfloat16";
        case DType::f64: return "float64";
        case DType::i64: return "int64";
        case DType::i32: return "int32";
        case DType::i16: return "int16";
        case DType::i8: return "int8";
        case DType::u8: return "uint8";
        case DType::boolean: return "bool";
    }
    return "?";
}

// N images of H x W pixels with C channels, channels fastest. Matrices are [n, 1, 1, c].
struct Shape {
    int64_t n = 1, h = 1, w = 1, c = 1;

    friend constexpr bool operator==(const Shape&, const Shape&) = default;

    constexpr int64_t elements() const { return n * h * w * c; }
    constexpr int64_t per_image() const { return h * w * c; }
};

// "[2, 28, 28, 64]"
inline std::string to_text(const Shape& shape) {
    std::string out;
    for (int64_t extent : {shape.n, shape.h, shape.w, shape.c}) out.append(out.empty() ? "[" : ", ").append(std::to_string(extent));
    return out.append("]");
}

}  // namespace lgv
