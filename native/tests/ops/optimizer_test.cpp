// The optimizer against PyTorch's numbers, against its reference, and bit for bit against itself.
#include "ops/optimizer/optimizer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "base/error.h"

namespace lgv {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

std::vector<float> random_values(int64_t n, uint32_t seed, float scale = 1) {
    std::mt19937 generator(seed);
    std::normal_distribution<float> normal(0, scale);
    std::vector<float> values(static_cast<size_t>(n));
    for (float& value : values) value = normal(generator);
    return values;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

// Everything that an update reads and writes, `offset` floats behind the allocations' begin, between numbers that nothing may touch.
struct Arenas {
    static constexpr float guard = -77;
    Arenas(int64_t count, size_t averages, size_t offset = 0) : count(count), offset(offset), numbers(4 + averages) {
        for (size_t k = 0; k < numbers.size(); ++k) {
            std::vector<float> values = random_values(count, uint32_t(k));
            if (k == 3) {
                for (float& value : values) value = std::abs(value) * 0.01f;  // second moments
            }
            numbers[k].assign(offset + size_t(count) + 16, guard);
            std::copy(values.begin(), values.end(), numbers[k].begin() + ptrdiff_t(offset));
        }
    }
    float* at(size_t k) { return numbers[k].data() + offset; }
    TrainedArenas trained() { return {at(0), at(1), at(2), at(3), count}; }
    std::vector<MovingAverage> averages() {
        std::vector<MovingAverage> all;
        for (size_t k = 4; k < numbers.size(); ++k) all.push_back({at(k), 1 - std::pow(0.1, double(k - 3))});
        return all;
    }
    std::vector<float> values(size_t k) { return {at(k), at(k) + count}; }

    int64_t count;
    size_t offset;
    std::vector<std::vector<float>> numbers;  // weights, gradients, moments, averages
};

const int64_t counts[] = {0, 1, 7, 8, 17, 1023, 1025, 65536, 65537, 200003};

// torch 2.15, torch.optim.AdamW and Adam with foreach=False, three steps; the average by torch too, with decay 0.75.
TEST(AdamUpdate, gives_pytorchs_numbers) {
    constexpr size_t n = 6;
    using Six = std::vector<float>;
    const Six before = {1, -0.5f, 0.25f, 2, 0, -3};
    const Six gradients[] = {{0.5f, -1, 2, 1e-4f, 0, 100}, {0.25f, 3, -2, -1e-4f, 1, -50}, {1, 0.1f, 0.5f, 2e-4f, 0, 25}};
    const struct {
        std::string name;
        AdamUpdate how;
        Six weights, first, second, average;
    } cases[] = {
        {"AdamW",
         {.learning_rate = 0.01, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-08, .weight_decay = 0.1, .decoupled = true, .gradient_scale = 1},
         {0.968619764f, -0.497478694f, 0.239084318f, 1.97957075f, -0.013186126f, -3.00705409f},
         {0.163000003f, 0.199000001f, 0.0319999941f, 1.90999999e-05f, 0.0900000036f, 6.0999999f},
         {0.00131193781f, 0.0099990014f, 0.00823800359f, 5.99700081e-11f, 0.00099900004f, 13.1025095f},
         {0.98661232f, -0.496759176f, 0.243961543f, 1.99068141f, -0.004691788f, -3.0039959f}},
        {"Adam",
         {.learning_rate = 0.01, .beta1 = 0.9, .beta2 = 0.99, .eps = 1e-06, .weight_decay = 0.1, .decoupled = false, .gradient_scale = 0.25},
         {0.970518768f, -0.497247577f, 0.238746375f, 1.97000456f, -0.0131578036f, -3.01578093f},
         {0.0675621033f, 0.0363479964f, 0.0145853637f, 0.0539147891f, 0.022425754f, 1.44348466f},
         {0.00196557608f, 0.0057529225f, 0.00516652362f, 0.00117632793f, 0.000618755526f, 7.95563745f},
         {0.987512827f, -0.496818155f, 0.24391225f, 1.9873451f, -0.00468155509f, -3.0077002f}},
        {"AdamW, small beta1",
         {.learning_rate = 0.001, .beta1 = 0.25, .beta2 = 0.9, .eps = 1e-08, .weight_decay = 0, .decoupled = true, .gradient_scale = 0.5},
         {0.997006059f, -0.500294507f, 0.249541119f, 1.99864888f, -0.00143324863f, -3.0009675f},
         {0.41015625f, 0.295312494f, 0.046875f, 6.7968751e-05f, 0.09375f, 7.03125f},
         {0.031468749f, 0.22299999f, 0.177249983f, 1.4274999e-09f, 0.022499999f, 274.375f},
         {0.99877882f, -0.499926209f, 0.249669656f, 1.99944663f, -0.000565072871f, -3.00052166f}},
        {"Adam without beta1",
         {.learning_rate = 0.001, .beta1 = 0, .beta2 = 0.999, .eps = 1e-08, .weight_decay = 0, .decoupled = false, .gradient_scale = 1},
         {0.996856034f, -0.500396132f, 0.249698415f, 1.9985863f, -0.00141385989f, -3.00074553f},
         {1, 0.100000001f, 0.5f, 0.000199999995f, 0, 25},
         {0.00131193781f, 0.0099990014f, 0.00823800359f, 5.99700081e-11f, 0.00099900004f, 13.1025095f},
         {0.998767257f, -0.500022411f, 0.249783978f, 1.999506f, -0.000618563732f, -3.00039577f}},
    };
    ThreadTeam team(2);
    for (const auto& c : cases) {
        for (const bool is_reference : {false, true}) {
            Six w = before, first(n), second(n), average = before;
            const MovingAverage averages[] = {{average.data(), 0.75}};
            AdamUpdate how = c.how;
            for (int step = 0; step < 3; ++step) {
                Six g = gradients[step];
                how.step = step + 1;
                const TrainedArenas arenas{w.data(), g.data(), first.data(), second.data(), int64_t(n)};
                if (is_reference)
                    adam_update_reference(how, arenas, averages);
                else
                    adam_update(team, how, arenas, averages);
                EXPECT_EQ(g, Six(n, 0.0f));
            }
            // Three steps of a handful of roundings each, which both sides order in their own way: 4 ulp, of 1 at least where numbers cancel.
            const auto expect_near = [&](const Six& got, const Six& wanted, float least, const char* what) {
                for (size_t i = 0; i < n; ++i) {
                    const float tolerance = 0x1p-21f * std::max(least, std::abs(wanted[i]));
                    EXPECT_NEAR(got[i], wanted[i], tolerance) << c.name << ", " << what << " " << i << (is_reference ? ", reference" : "");
                }
            };
            expect_near(w, c.weights, 0.01f, "weight");
            expect_near(first, c.first, 0.1f, "first moment");
            expect_near(second, c.second, 0, "second moment");
            expect_near(average, c.average, 0.01f, "average");
        }
    }
}

TEST(AdamUpdate, equals_the_reference_on_any_length_and_offset) {
    ThreadTeam team(2);
    for (const int64_t count : counts) {
        for (const size_t averages : {size_t(0), size_t(1), most_averages}) {
            for (const bool decoupled : {true, false}) {
                const AdamUpdate how{.learning_rate = 1e-2, .beta1 = 0.8, .weight_decay = 0.1, .decoupled = decoupled, .step = 7, .gradient_scale = 0.3};
                Arenas got(count, averages, 3), wanted(count, averages);
                adam_update(team, how, got.trained(), got.averages());
                adam_update_reference(how, wanted.trained(), wanted.averages());
                for (size_t k = 0; k < got.numbers.size(); ++k) {
                    const std::vector<float> a = got.values(k), b = wanted.values(k);
                    // A few roundings of numbers of about 1: the magnitudes that meet in a sum, not the sum.
                    for (size_t i = 0; i < a.size(); ++i)
                        ASSERT_NEAR(a[i], b[i], 5e-7 * (1 + std::abs(b[i]))) << "array " << k << ", element " << i << " of " << count;
                    for (size_t i = 0; i < got.numbers[k].size(); ++i) {
                        if (i < 3 || i >= 3 + size_t(count)) {
                            ASSERT_EQ(got.numbers[k][i], Arenas::guard) << "array " << k << " is " << count << " long, and " << i << " was written";
                        }
                    }
                }
            }
        }
    }
}

TEST(AdamUpdate, has_the_same_bits_for_every_number_of_threads_and_every_offset) {
    const AdamUpdate how{.weight_decay = 0.01, .step = 3};
    Arenas wanted(200003, 2);
    ThreadTeam alone(1);
    adam_update(alone, how, wanted.trained(), wanted.averages());
    for (const int threads : {1, 2, 3}) {
        for (const size_t offset : {size_t(1), size_t(5)}) {
            ThreadTeam team(threads);
            Arenas got(200003, 2, offset);
            adam_update(team, how, got.trained(), got.averages());
            for (size_t k = 0; k < got.numbers.size(); ++k)
                EXPECT_TRUE(same_bits(got.values(k), wanted.values(k))) << "array " << k << ", " << threads << " threads";
        }
    }
    // One element has the bits that it has among others.
    Arenas among(200003, 0);
    float w = among.at(0)[131], g = among.at(1)[131], m = among.at(2)[131], v = among.at(3)[131];
    adam_update(alone, how, {&w, &g, &m, &v, 1}, {});
    EXPECT_EQ(w, wanted.at(0)[131]);
    EXPECT_EQ(v, wanted.at(3)[131]);
}

TEST(AdamUpdate, averages_read_the_new_weights) {
    ThreadTeam team(1);
    Arenas arenas(3000, 1);
    const MovingAverage copy[] = {{arenas.at(4), 0}};
    adam_update(team, {.step = 1}, arenas.trained(), copy);
    // decay 0: a + (w - a), w but for the rounding of the difference
    for (size_t i = 0; i < 3000; ++i) ASSERT_NEAR(arenas.at(4)[i], arenas.at(0)[i], 1e-6f);
    const std::vector<float> before = arenas.values(4);
    const MovingAverage still[] = {{arenas.at(4), 1}};
    adam_update(team, {.step = 2}, arenas.trained(), still);
    EXPECT_EQ(arenas.values(4), before);
}

TEST(AdamUpdate, refuses_what_cannot_be) {
    ThreadTeam team(1);
    Arenas arenas(4, 5);
    const auto refusal = [&](AdamUpdate how, size_t averages) {
        std::vector<MovingAverage> some = arenas.averages();
        some.resize(averages);
        try {
            adam_update(team, how, arenas.trained(), some);
        } catch (const Error& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    EXPECT_EQ(refusal({.step = 0}, 0), "adam: step 0, the first update is step 1");
    EXPECT_EQ(refusal({.beta1 = 1}, 0), "adam: betas 1 and 0.999 are not within 0 and 1");
    EXPECT_EQ(refusal({}, 5), "adam: 5 averages, at most 4 go along");
    EXPECT_EQ(refusal({}, 4), "");
}

TEST(SquaredNorm, is_the_sum_of_squares_to_the_precision_of_double) {
    ThreadTeam team(2);
    for (const int64_t count : counts) {
        const std::vector<float> values = random_values(count, 9, 1e10f);
        long double wanted = 0;
        for (const float value : values) wanted += (long double)value * value;
        // Roundings of partial sums of positive numbers: far less than one for each element.
        EXPECT_NEAR(squared_norm(team, values.data(), count), double(wanted), 1e-13 * double(wanted)) << count;
    }
}

TEST(SquaredNorm, has_the_same_bits_for_every_number_of_threads_and_every_offset) {
    const std::vector<float> values = random_values(1000003, 4);
    ThreadTeam alone(1);
    const double wanted = squared_norm(alone, values.data(), int64_t(values.size()));
    for (const int threads : {2, 3}) {
        ThreadTeam team(threads);
        for (size_t offset : {0, 1, 3}) {
            std::vector<float> moved(offset, nan);
            moved.insert(moved.end(), values.begin(), values.end());
            EXPECT_EQ(squared_norm(team, moved.data() + offset, int64_t(values.size())), wanted);
        }
    }
}

TEST(SquaredNorm, does_not_overflow_and_shows_every_infinity_and_nan) {
    ThreadTeam team(2);
    std::vector<float> values(70001, 3e38f);
    EXPECT_NEAR(squared_norm(team, values.data(), 70001), 70001.0 * 9e76, 1e-6 * 70001 * 9e76);
    for (const size_t at : {size_t(0), size_t(15), size_t(65536), size_t(69999), size_t(70000)}) {
        values.assign(70001, 1);
        values[at] = -infinity;
        EXPECT_EQ(squared_norm(team, values.data(), 70001), double(infinity)) << at;
        values[at] = nan;
        EXPECT_TRUE(std::isnan(squared_norm(team, values.data(), 70001))) << at;
        EXPECT_EQ(squared_norm(team, values.data(), int64_t(at)), double(at)) << "what lies behind is not read";
    }
}

}  // namespace
}  // namespace lgv
