#include "base/tensor_view.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/shape.h"

namespace lgv {
namespace {

// One value through to_float, from an odd address.
template <class T>
float one(DType type, T value) {
    std::byte bytes[1 + sizeof(T)];
    std::memcpy(bytes + 1, &value, sizeof(T));
    float out = -1;
    to_float({type, {}, bytes + 1}, &out);
    return out;
}

TEST(TensorView, counts_elements_and_bytes) {
    EXPECT_EQ((TensorView{DType::f32, {2, 3, 4}, nullptr}.elements()), 24);
    EXPECT_EQ((TensorView{DType::f64, {2, 3, 4}, nullptr}.bytes()), 192);
    EXPECT_EQ((TensorView{DType::f16, {}, nullptr}.bytes()), 2);
    EXPECT_EQ((TensorView{DType::u8, {5, 0}, nullptr}.bytes()), 0);
    EXPECT_EQ(to_text(std::vector<int64_t>{256, 128, 3, 3}), "[256, 128, 3, 3]");
    EXPECT_EQ(to_text(std::vector<int64_t>{}), "[]");
}

TEST(TensorView, every_half_becomes_the_float_of_the_same_value) {
    for (uint32_t bits = 0; bits < 0x10000; ++bits) {
        const int exponent = int(bits >> 10 & 31), fraction = int(bits & 1023);
        const float sign = bits >> 15 ? -1.0f : 1.0f;
        const float got = one(DType::f16, uint16_t(bits));
        if (exponent == 31 && fraction) {
            ASSERT_TRUE(std::isnan(got)) << bits;
            continue;
        }
        const float want = exponent == 31 ? std::numeric_limits<float>::infinity()
                           : exponent     ? std::ldexp(float(1024 + fraction), exponent - 25)
                                          : std::ldexp(float(fraction), -24);
        ASSERT_EQ(got, sign * want) << bits;
        ASSERT_EQ(std::signbit(got), sign < 0) << bits;
    }
}

TEST(TensorView, bfloat16_is_the_upper_half_of_a_float) {
    EXPECT_EQ(one(DType::bf16, uint16_t{0x3f80}), 1.0f);
    EXPECT_EQ(one(DType::bf16, uint16_t{0xc049}), -3.140625f);
    EXPECT_EQ(one(DType::bf16, uint16_t{0x0001}), std::ldexp(1.0f, -133));
    EXPECT_TRUE(std::isinf(one(DType::bf16, uint16_t{0x7f80})));
    EXPECT_TRUE(std::isnan(one(DType::bf16, uint16_t{0x7fc0})));
}

TEST(TensorView, doubles_are_rounded_to_the_nearest_float) {
    EXPECT_EQ(one(DType::f64, 0.1), 0.1f);
    EXPECT_EQ(one(DType::f64, 1 + 0x1p-24), 1.0f);               // a tie goes to the even neighbour
    EXPECT_EQ(one(DType::f64, 1 + 3 * 0x1p-24), 1 + 0x1p-22f);
    EXPECT_TRUE(std::isinf(one(DType::f64, 1e300)));
}

TEST(TensorView, floats_are_copied_bit_by_bit) {
    const uint32_t bits[] = {0x00000001, 0x80000000, 0x7fc12345, 0xff800000, 0x3f800000};
    uint32_t out[5];
    to_float({DType::f32, {5}, reinterpret_cast<const std::byte*>(bits)}, reinterpret_cast<float*>(out));
    EXPECT_EQ(std::memcmp(bits, out, sizeof bits), 0);
    to_float({DType::f32, {0}, nullptr}, nullptr);
}

TEST(TensorView, whole_numbers_are_refused_by_name) {
    const int64_t value = 3;
    float out;
    try {
        to_float({DType::i64, {1}, reinterpret_cast<const std::byte*>(&value)}, &out);
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::model);
        EXPECT_STREQ(error.what(), "a tensor of type int64 [1] cannot be read as float32");
    }
}

TEST(Shape, counts_prints_and_compares) {
    const Shape shape{.n = 2, .h = 28, .w = 30, .c = 64};
    EXPECT_EQ(shape.elements(), 2 * 28 * 30 * 64);
    EXPECT_EQ(shape.per_image(), 28 * 30 * 64);
    EXPECT_EQ(to_text(shape), "[2, 28, 30, 64]");
    EXPECT_EQ(shape, (Shape{2, 28, 30, 64}));
    EXPECT_FALSE(shape == (Shape{2, 30, 28, 64}));
    EXPECT_EQ(Shape{}.elements(), 1);
}

TEST(Error, carries_a_code_and_a_sentence_of_parts) {
    EXPECT_NO_THROW(expect(true, Code::fault, "never"));
    try {
        expect(false, Code::argument, "group_norm: ", 48, " channels do not split into ", 32, " groups");
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::argument);
        EXPECT_STREQ(error.what(), "group_norm: 48 channels do not split into 32 groups");
    }
}

}  // namespace
}  // namespace lgv
