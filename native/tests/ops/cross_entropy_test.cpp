#include "ops/loss/cross_entropy.h"

#include "base/error.h"
#include "ops/loss/cross_entropy.cpu.h"
#include "tests/ops/value_arena.h"

namespace lgv::testing {
namespace {

constexpr Value logits{0}, label{1}, weight{2}, loss{3}, dlogits{4};
constexpr CrossEntropy op{.logits = logits, .label = label, .weight = weight, .loss = {loss}, .dlogits = {dlogits}};

ValueArena arena_of(int64_t n, int64_t classes) {
    const Shape one{n, 1, 1, 1}, row{n, 1, 1, classes};
    return ValueArena({row, one, one, one, row});
}

int32_t label_of(int picture, int64_t classes) { return int32_t((7 * picture + 3) % classes); }

// `pictures`: the numbers of each row.
void fill(ValueArena& arena, const std::vector<int>& pictures) {
    const int64_t classes = arena.shapes()[logits].c;
    for (size_t row = 0; row < pictures.size(); ++row) {
        const auto seed = uint64_t(pictures[row]);
        std::vector<float> z = normals(10 * seed, classes);
        for (float& value : z) value *= 4;
        std::copy(z.begin(), z.end(), arena.at(logits) + int64_t(row) * classes);
        reinterpret_cast<int32_t*>(arena.at(label))[row] = label_of(pictures[row], classes);
        arena.at(weight)[row] = 0.5f + std::abs(normals(10 * seed + 2, 1)[0]);
    }
}

Weights none() { return Weights(std::vector<TensorView>{}); }

// softmax(ln 1, ln 2, ln 5) = 1/8, 2/8, 5/8.
TEST(CrossEntropy, is_the_logarithm_of_the_probability_and_its_slope) {
    Weights weights = none();
    for (Isa isa : all_isas()) {
        ValueArena arena = arena_of(3, 3);
        for (int64_t n = 0; n < 2; ++n) {
            const float shift = n == 0 ? 0 : 1000;  // which probabilities do not depend on, and exp would not survive
            arena.at(logits)[3 * n] = shift + 0;
            arena.at(logits)[3 * n + 1] = shift + std::log(2.0f);
            arena.at(logits)[3 * n + 2] = shift + std::log(5.0f);
        }
        arena.put(weight, {1, 2});
        reinterpret_cast<int32_t*>(arena.at(label))[0] = 1;
        reinterpret_cast<int32_t*>(arena.at(label))[1] = 0;
        arena.launch(lower(op, arena.shapes(), weights, isa), 2, 2);
        EXPECT_NEAR(arena.at(loss)[0], std::log(4.0), 1e-6);
        EXPECT_NEAR(arena.at(loss)[1], 2 * std::log(8.0), 2e-4);  // a logit near 1000 is rounded by 3e-5
        const double slopes[] = {1 / 8.0, 2 / 8.0 - 1, 5 / 8.0, 2 * (1 / 8.0 - 1), 2 * 2 / 8.0, 2 * 5 / 8.0};
        for (int64_t e = 0; e < 6; ++e) EXPECT_NEAR(arena.at(dlogits)[e], slopes[e], e < 3 ? 1e-6 : 1e-4) << e;
        EXPECT_TRUE(std::isnan(arena.at(loss)[2]) && std::isnan(arena.at(dlogits)[6])) << "a dead row was written to";
    }
}

TEST(CrossEntropy, is_its_reference) {
    Weights weights = none();
    for (const int64_t classes : {2, 3, 10, 1000}) {
        ValueArena fast = arena_of(3, classes), plain = arena_of(3, classes);
        fill(fast, {4, 5, 6});
        fill(plain, {4, 5, 6});
        fast.launch(lower(op, fast.shapes(), weights, Isa::avx2), 3);
        plain.reference_of(op);
        for (int64_t n = 0; n < 3; ++n) EXPECT_FLOAT_EQ(fast.at(loss)[n], plain.at(loss)[n]);
        for (int64_t e = 0; e < 3 * classes; ++e) EXPECT_FLOAT_EQ(fast.at(dlogits)[e], plain.at(dlogits)[e]);
    }
}

TEST(CrossEntropy, has_the_slope_of_its_loss) {
    constexpr int64_t classes = 5;
    const Shapes shapes{{{2, 1, 1, classes}, {2, 1, 1, 1}, {2, 1, 1, 1}, {2, 1, 1, 1}, {2, 1, 1, classes}}};
    std::vector<std::vector<double>> memory;
    std::vector<double*> values;
    for (const Shape& shape : shapes.all) {
        const std::vector<float> numbers = normals(memory.size() + 1, shape.elements());
        memory.emplace_back(numbers.begin(), numbers.end());
    }
    for (auto& m : memory) values.push_back(m.data());
    reinterpret_cast<int32_t*>(memory[1].data())[0] = 4;
    reinterpret_cast<int32_t*>(memory[1].data())[1] = 0;
    const Weights weights = none();
    const ReferenceLaunchOf<double> launch{values, shapes, weights, {}};
    const auto loss_at = [&](size_t i, double step) {
        const double before = memory[0][i];
        memory[0][i] += step;
        reference(op, launch);
        memory[0][i] = before;
        return memory[3][0] + memory[3][1];
    };
    for (size_t i = 0; i < memory[0].size(); ++i) {
        const double slope = (loss_at(i, 0x1p-10) - loss_at(i, -0x1p-10)) / 0x1p-9;
        reference(op, launch);
        EXPECT_NEAR(memory[4][i], slope, 1e-6);  // h^2 / 6 = 1.6e-7 of a third derivative below 1
    }
}

TEST(CrossEntropy, a_picture_has_its_own_bits) {
    Weights weights = none();
    constexpr int64_t classes = 10;
    ValueArena alone = arena_of(1, classes);
    fill(alone, {7});
    alone.launch(lower(op, alone.shapes(), weights, Isa::avx2), 1);
    for (Isa isa : all_isas()) {
        for (int threads : {1, 2, 3}) {
            ValueArena many = arena_of(6, classes);
            fill(many, {1, 2, 3, 7, 5});
            many.launch(lower(op, many.shapes(), weights, isa), 5, threads);
            expect_same_bits(many.at(loss) + 3, alone.at(loss), 1);
            expect_same_bits(many.at(dlogits) + 3 * classes, alone.at(dlogits), classes);
        }
    }
}

TEST(CrossEntropy, refuses_logits_of_many_pixels) {
    Weights weights = none();
    Shapes shapes{{{2, 4, 4, 3}, {2, 1, 1, 1}, {2, 1, 1, 1}, {2, 1, 1, 1}, {2, 4, 4, 3}}};
    try {
        lower(op, shapes, weights, Isa::avx2);
        FAIL() << "not refused";
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "cross entropy: the labels are [2, 1, 1, 1], the logits [2, 4, 4, 3]; wanted one label and one row of logits for each image");
    }
}

TEST(CrossEntropy, costs_a_read_and_a_write) {
    const Cost c = cost(op, arena_of(2, 10).shapes());
    EXPECT_EQ(c.flops, 6 * 20);
    EXPECT_EQ(c.bytes, 4 * (2 * 20 + 3 * 2));
}

}  // namespace
}  // namespace lgv::testing
