#include "ops/weights.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <stdexcept>
#include <thread>
#include <vector>

namespace lgv {
namespace {

const std::byte* bytes_of(const void* data) { return static_cast<const std::byte*>(data); }

TEST(Weights, gives_values_in_the_files_order_as_float32) {
    const std::vector<float> a = {1, 2, 3, 4, 5, 6};
    const uint16_t half[] = {0x3C00, 0xC000, 0x0001};  // 1, -2, 2^-24
    Weights weights({{DType::f32, {2, 3}, bytes_of(a.data())}, {DType::f16, {3}, bytes_of(half)}});
    EXPECT_EQ(weights.values(Parameter{0}), a);
    EXPECT_EQ(weights.values(Parameter{1}), (std::vector<float>{1, -2, 0x1p-24f}));
    EXPECT_EQ(weights.shape(Parameter{0}), (std::vector<int64_t>{2, 3}));
}

TEST(Weights, reads_tensors_that_are_not_aligned) {
    std::vector<std::byte> file(13);
    const float value[] = {0.5f, -7};
    std::memcpy(file.data() + 3, value, sizeof value);
    Weights weights({{DType::f32, {2}, file.data() + 3}});
    EXPECT_EQ(weights.values(Parameter{0}), (std::vector<float>{0.5f, -7}));
    EXPECT_EQ(weights.plain(Parameter{0})[1], -7);
}

TEST(Weights, packs_each_form_once_and_keeps_it_where_it_is) {
    const std::vector<float> a = {1, 2, 3};
    std::vector<int32_t> reads;
    Weights weights({{3}, {3}}, [&](Parameter parameter, float* out) {
        reads.push_back(parameter.id);
        std::copy(a.begin(), a.end(), out);
    });
    int packings = 0;
    const auto backwards = [&](std::span<const float> values, float* out) {
        ++packings;
        for (size_t i = 0; i < values.size(); ++i) out[i] = values[values.size() - 1 - i];
    };
    EXPECT_EQ(weights.packed_bytes(), 0);
    const float* first = weights.packed(Parameter{0}, "backwards", 5, backwards);
    EXPECT_EQ((std::vector<float>(first, first + 5)), (std::vector<float>{3, 2, 1, 0, 0})) << "room that the packing leaves is zero";
    EXPECT_EQ(reinterpret_cast<uintptr_t>(first) % 64, 0u);
    EXPECT_EQ(weights.packed(Parameter{0}, "backwards", 5, backwards), first);
    EXPECT_EQ(packings, 1);
    EXPECT_EQ(reads, std::vector<int32_t>{0});
    EXPECT_NE(weights.packed(Parameter{1}, "backwards", 5, backwards), first) << "another parameter";
    EXPECT_NE(weights.packed(Parameter{0}, "backwards, longer", 6, backwards), first) << "another form";
    EXPECT_EQ(packings, 3);
    EXPECT_EQ(weights.packed_bytes(), (5 + 5 + 6) * 4);
    EXPECT_EQ(weights.plain(Parameter{0})[2], 3);
    EXPECT_EQ(weights.packed_bytes(), (5 + 5 + 6 + 3) * 4);
    EXPECT_EQ(reads, (std::vector<int32_t>{0, 1, 0, 0}));
}

TEST(Weights, forgets_a_packing_that_failed) {
    const std::vector<float> a = {1};
    Weights weights({{DType::f32, {1}, bytes_of(a.data())}});
    EXPECT_THROW(weights.packed(Parameter{0}, "f", 1, [](auto, float*) { throw std::runtime_error("no"); }), std::runtime_error);
    EXPECT_EQ(weights.packed_bytes(), 0);
    const float* packed = weights.packed(Parameter{0}, "f", 1, [](std::span<const float> values, float* out) { out[0] = values[0] + 1; });
    EXPECT_EQ(packed[0], 2);
}

TEST(Weights, gives_several_threads_the_same_packing) {
    std::vector<float> a(1000);
    for (size_t i = 0; i < a.size(); ++i) a[i] = float(i);
    Weights weights({{DType::f32, {1000}, bytes_of(a.data())}});
    std::atomic<int> packings{0};
    std::vector<const float*> seen(8);
    std::vector<std::thread> threads;
    for (size_t i = 0; i < seen.size(); ++i)
        threads.emplace_back([&, i] {
            seen[i] = weights.packed(Parameter{0}, "copy", 1000, [&](std::span<const float> values, float* out) {
                ++packings;
                std::memcpy(out, values.data(), values.size_bytes());
            });
            EXPECT_EQ(seen[i][999], 999);
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(packings, 1);
    for (const float* each : seen) EXPECT_EQ(each, seen[0]);
}

}  // namespace
}  // namespace lgv
