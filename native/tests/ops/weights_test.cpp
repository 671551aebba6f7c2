#include "ops/weights.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/error.h"

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

// [2, 3], [], [4] and [5]: six numbers, one, four, five.
const std::vector<std::vector<int64_t>> some_shapes = {{2, 3}, {}, {4}, {5}};

std::vector<float> counted(size_t n, float from) {
    std::vector<float> values(n);
    for (size_t i = 0; i < n; ++i) values[i] = from + float(i);
    return values;
}

void pack_backwards(std::span<const float> values, float* out) {
    for (size_t i = 0; i < values.size(); ++i) out[i] = values[values.size() - 1 - i];
}

TEST(WeightsInAnArena, lie_one_after_the_other_in_the_tables_order) {
    const std::vector<float> arena = counted(16, 100);
    Weights weights(some_shapes, arena.data());
    EXPECT_EQ(weights.values(Parameter{0}), counted(6, 100));
    EXPECT_EQ(weights.values(Parameter{1}), counted(1, 106));
    EXPECT_EQ(weights.values(Parameter{2}), counted(4, 107));
    EXPECT_EQ(weights.values(Parameter{3}), counted(5, 111));
    EXPECT_EQ(weights.shape(Parameter{2}), (std::vector<int64_t>{4}));
}

TEST(WeightsInAnArena, are_plain_where_they_are) {
    std::vector<float> arena = counted(16, 0);
    Weights weights(some_shapes, arena.data());
    EXPECT_EQ(weights.plain(Parameter{0}), arena.data());
    EXPECT_EQ(weights.plain(Parameter{3}), arena.data() + 11);
    EXPECT_EQ(weights.packed_bytes(), 0);
    arena[11] = -1;
    EXPECT_EQ(weights.plain(Parameter{3})[0], -1);
}

TEST(WeightsInAnArena, are_packed_without_a_copy_and_again_where_they_were_after_a_change) {
    std::vector<float> arena = counted(16, 0);
    const float* const begin = arena.data();
    Weights weights(some_shapes, begin);
    std::atomic<int> packings{0};
    const auto pack_all = [&] {
        std::vector<const float*> all;
        for (int32_t id = 0; id < 4; ++id) {
            const auto start = ptrdiff_t(id == 0 ? 0 : id == 1 ? 6 : id == 2 ? 7 : 11);
            all.push_back(weights.packed(Parameter{id}, "backwards", 8, [&packings, begin, start](std::span<const float> values, float* out) {
                ++packings;
                EXPECT_EQ(values.data(), begin + start) << "the arena itself";
                pack_backwards(values, out);
            }));
            all.push_back(weights.packed(Parameter{id}, "doubled", 6, [&packings](std::span<const float> values, float* out) {
                ++packings;
                for (size_t i = 0; i < values.size(); ++i) out[i] = 2 * values[i];
            }));
        }
        return all;
    };
    const std::vector<const float*> first = pack_all();
    EXPECT_EQ(packings, 8);
    EXPECT_EQ(first[0][5], 0);

    for (const int threads : {1, 2, 3}) {
        ThreadTeam team(threads);
        std::ranges::copy(counted(16, float(1000 * threads)), arena.begin());
        EXPECT_NE(first[0][5], arena[0]) << "nothing changes by itself";
        weights.refresh(team);
        EXPECT_EQ(packings, 8 + 8 * threads);
        EXPECT_EQ((std::vector<float>(first[0], first[0] + 8)), (std::vector<float>{arena[5], arena[4], arena[3], arena[2], arena[1], arena[0], 0, 0}));
        EXPECT_EQ((std::vector<float>(first[4], first[4] + 4)), (std::vector<float>{arena[10], arena[9], arena[8], arena[7]}));
        EXPECT_EQ(first[3][0], 2 * arena[6]);
        EXPECT_EQ(first[7][4], 2 * arena[15]);
    }
    EXPECT_EQ(pack_all(), first) << "a form is asked for again: the same memory, not packed again";
    EXPECT_EQ(packings, 8 + 8 * 3);
    EXPECT_EQ(weights.packed_bytes(), 4 * (8 + 6) * 4);
}

TEST(WeightsInAnArena, report_a_packing_that_fails_when_they_are_refreshed) {
    const std::vector<float> arena = counted(16, 0);
    Weights weights(some_shapes, arena.data());
    const auto calls = std::make_shared<int>(0);
    weights.packed(Parameter{2}, "once", 4, [calls](auto, float*) {
        if (++*calls > 1) throw std::runtime_error("once only");
    });
    const float* other = weights.packed(Parameter{0}, "backwards", 6, pack_backwards);
    ThreadTeam team(2);
    EXPECT_THROW(weights.refresh(team), std::runtime_error);
    EXPECT_EQ(other[0], 5);
}

// What a packing captures may be large (the plan of a convolution): it is let go where values never change, and kept where they do.
TEST(Weights, keep_what_a_packing_captures_only_where_values_change) {
    const std::vector<float> values = counted(6, 0);
    const auto captured = std::make_shared<int>(0);
    Weights still({{DType::f32, {6}, bytes_of(values.data())}}), moving({{6}}, values.data());
    for (Weights* weights : {&still, &moving}) weights->packed(Parameter{0}, "f", 1, [captured](auto, float*) {});
    EXPECT_EQ(captured.use_count(), 2);
    ThreadTeam team(1);
    EXPECT_THROW(still.refresh(team), Error);
}

}  // namespace
}  // namespace lgv
