#include "base/error.h"
#include "ops/loss/squared_error.h"

#include "ops/loss/squared_error.cpu.h"
#include "tests/ops/value_arena.h"

namespace lgv::testing {
namespace {

constexpr Value out{0}, target{1}, weight{2}, loss{3}, dout{4};
constexpr SquaredError op{.out = out, .target = target, .weight = weight, .loss = {loss}, .dout = {dout}};

ValueArena arena_of(Shape shape) {
    const Shape one{shape.n, 1, 1, 1};
    return ValueArena({shape, shape, one, one, shape});
}

// `pictures`: the numbers of each row.
void fill(ValueArena& arena, const std::vector<int>& pictures) {
    const int64_t size = arena.shapes()[out].per_image();
    for (size_t row = 0; row < pictures.size(); ++row) {
        const auto seed = uint64_t(pictures[row]);
        const std::vector<float> x = normals(10 * seed, size), wish = normals(10 * seed + 1, size);
        std::copy(x.begin(), x.end(), arena.at(out) + int64_t(row) * size);
        std::copy(wish.begin(), wish.end(), arena.at(target) + int64_t(row) * size);
        arena.at(weight)[row] = 0.5f + std::abs(normals(10 * seed + 2, 1)[0]);
    }
}

Weights none() { return Weights(std::vector<TensorView>{}); }

TEST(SquaredError, is_the_mean_of_squares_and_its_slope) {
    Weights weights = none();
    for (Isa isa : all_isas()) {
        for (const Shape& shape : {Shape{4, 1, 1, 1}, {4, 3, 5, 7}, {4, 32, 32, 3}}) {
            ValueArena arena = arena_of(shape);
            fill(arena, {1, 2, 3});
            arena.launch(lower(op, arena.shapes(), weights, isa), 3, 2);
            const int64_t size = shape.per_image();
            for (int64_t n = 0; n < 3; ++n) {
                double sum = 0;
                const double w = arena.at(weight)[n];
                for (int64_t e = n * size; e < (n + 1) * size; ++e) {
                    const double error = double(arena.at(out)[e]) - arena.at(target)[e];
                    sum += error * error;
                    EXPECT_FLOAT_EQ(arena.at(dout)[e], float(2 * w * error / double(size)));
                }
                EXPECT_FLOAT_EQ(arena.at(loss)[n], float(w * sum / double(size)));
            }
            EXPECT_TRUE(std::isnan(arena.at(loss)[3]) && std::isnan(arena.at(dout)[3 * size])) << "a dead row was written to";
        }
    }
}

TEST(SquaredError, is_its_reference_bit_for_bit) {
    Weights weights = none();
    ValueArena fast = arena_of({3, 9, 7, 5}), plain = arena_of({3, 9, 7, 5});
    fill(fast, {4, 5, 6});
    fill(plain, {4, 5, 6});
    fast.launch(lower(op, fast.shapes(), weights, Isa::avx2), 3);
    plain.reference_of(op);
    expect_same_bits(fast.at(loss), plain.at(loss), 3);
    expect_same_bits(fast.at(dout), plain.at(dout), 3 * 9 * 7 * 5);
}

// Central differences of a polynomial of degree 2 are exact but for rounding.
TEST(SquaredError, has_the_slope_of_its_loss) {
    const Shapes shapes{{{2, 2, 3, 4}, {2, 2, 3, 4}, {2, 1, 1, 1}, {2, 1, 1, 1}, {2, 2, 3, 4}}};
    std::vector<std::vector<double>> memory;
    std::vector<double*> values;
    for (const Shape& shape : shapes.all) {
        const std::vector<float> numbers = normals(memory.size() + 1, shape.elements());
        memory.emplace_back(numbers.begin(), numbers.end());
    }
    for (auto& m : memory) values.push_back(m.data());
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
        EXPECT_NEAR(memory[4][i], slope, 1e-11);
    }
}

TEST(SquaredError, a_picture_has_its_own_bits) {
    Weights weights = none();
    const int64_t size = 5 * 3 * 3;
    ValueArena alone = arena_of({1, 5, 3, 3});
    fill(alone, {7});
    alone.launch(lower(op, alone.shapes(), weights, Isa::avx2), 1);
    for (Isa isa : all_isas()) {
        for (int threads : {1, 2, 3}) {
            ValueArena many = arena_of({6, 5, 3, 3});
            fill(many, {1, 2, 3, 7, 5});
            many.launch(lower(op, many.shapes(), weights, isa), 5, threads);
            expect_same_bits(many.at(loss) + 3, alone.at(loss), 1);
            expect_same_bits(many.at(dout) + 3 * size, alone.at(dout), size);
        }
    }
}

TEST(SquaredError, refuses_a_target_of_another_shape) {
    Weights weights = none();
    Shapes shapes{{{2, 4, 4, 3}, {2, 4, 4, 1}, {2, 1, 1, 1}, {2, 1, 1, 1}, {2, 4, 4, 3}}};
    try {
        lower(op, shapes, weights, Isa::avx2);
        FAIL() << "not refused";
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "squared error: the target is [2, 4, 4, 1], what is compared with it [2, 4, 4, 3]");
    }
}

TEST(SquaredError, costs_two_reads_and_a_write) {
    const Cost c = cost(op, arena_of({2, 4, 4, 3}).shapes());
    EXPECT_EQ(c.flops, 4 * 96);
    EXPECT_EQ(c.bytes, 4 * (3 * 96 + 4));
}

}  // namespace
}  // namespace lgv::testing
