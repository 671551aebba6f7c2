// The border between planes and the network's values: network_input and network_output.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "ops/step/step.h"

namespace lgv {
namespace {

std::vector<float> random_values(int64_t n, uint32_t seed) {
    std::mt19937 generator(seed);
    std::normal_distribution<float> normal;
    std::vector<float> values(static_cast<size_t>(n));
    for (float& value : values) value = normal(generator);
    return values;
}

const Shape shapes[] = {{1, 1, 1, 1},  {1, 28, 28, 1}, {1, 5, 7, 2},   {1, 1, 1, 3},  {1, 32, 32, 3}, {1, 13, 3, 3},
                        {1, 64, 65, 3}, {1, 9, 9, 4},   {1, 16, 17, 5}, {1, 3, 5, 64}, {1, 7, 9, 130}, {1, 70, 61, 1}};

TEST(NetworkInput, equals_the_reference_to_the_bit_in_any_batch) {
    for (const Shape& shape : shapes) {
        const int64_t n = shape.elements();
        const int64_t images = 5;
        const std::vector<float> x = random_values(images * n, 1);
        std::vector<NetworkInput> inputs;
        for (int64_t i = 0; i < images; ++i) inputs.push_back({x.data() + (images - 1 - i) * n, 0.3f + 0.1f * float(i)});  // any plane, any place
        std::vector<float> expected(size_t(images * n + 16), -5), got(expected);
        network_input_reference(inputs, shape, expected.data());
        // x[c, y, x] of the slot is at [y, x, c] of the batch: said once more, by hand.
        const int64_t last = images * n - 1;
        EXPECT_EQ(expected[size_t(last)], inputs.back().s * x[size_t(n - 1)]);
        for (int threads : {1, 2, 3}) {
            ThreadTeam team(threads);
            got.assign(got.size(), -5);
            network_input(team, inputs, shape, got.data());
            EXPECT_EQ(got, expected) << to_text(shape) << ", " << threads << " threads";  // one rounding: no room for another result
        }
    }
}

TEST(NetworkInput, turns_planes_into_pixels) {
    const std::vector<float> x = {1, 2, 3, 4, 10, 20, 30, 40, 100, 200, 300, 400};
    const NetworkInput input[] = {{x.data(), 0.5f}};
    std::vector<float> y(12);
    ThreadTeam team(1);
    network_input(team, input, {1, 2, 2, 3}, y.data());
    EXPECT_EQ(y, (std::vector<float>{0.5f, 5, 50, 1, 10, 100, 1.5f, 15, 150, 2, 20, 200}));
}

TEST(NetworkInput, does_not_read_x_where_s_is_0) {
    std::vector<float> y(12, 9);
    ThreadTeam team(2);
    const std::vector<float> x(12, NAN);
    const NetworkInput input[] = {{x.data(), 0}};
    network_input(team, input, {1, 2, 2, 3}, y.data());
    EXPECT_EQ(y, std::vector<float>(12, 0.0f));
}

TEST(NetworkOutput, is_one_fused_multiply_add_an_element_in_the_order_of_the_evaluations) {
    for (const Shape& shape : shapes) {
        const int64_t n = shape.elements(), pixels = shape.h * shape.w;
        // Slots 0, 1, 2. Slot 1 has three evaluations, not side by side.
        const int slot_of[] = {1, 0, 1, 2, 1};
        const float weights[] = {-2, 1, 3.5f, 0.7f, 0.1f};
        const bool first[] = {true, true, false, false, false};  // slot 2 goes on from what it holds
        const std::vector<float> net = random_values(5 * n, 2), before = random_values(3 * n + 16, 3);

        std::vector<float> expected = before;
        for (int e = 0; e < 5; ++e)
            for (int64_t p = 0; p < pixels; ++p)
                for (int64_t c = 0; c < shape.c; ++c) {
                    float& out = expected[size_t(slot_of[e] * n + c * pixels + p)];
                    const float value = net[size_t(e * n + p * shape.c + c)];
                    out = first[e] ? weights[e] * value : std::fma(weights[e], value, out);
                }

        const auto outputs_into = [&](std::vector<float>& planes) {
            std::vector<NetworkOutput> outputs;
            for (int e = 0; e < 5; ++e) outputs.push_back({planes.data() + slot_of[e] * n, weights[e], 0, first[e]});
            return outputs;
        };
        for (int threads : {1, 2, 4}) {
            ThreadTeam team(threads);
            std::vector<float> got = before;
            network_output(team, outputs_into(got), shape, shape.c, net.data());
            EXPECT_EQ(got, expected) << to_text(shape) << ", " << threads << " threads";
        }
        std::vector<float> reference = before;
        network_output_reference(outputs_into(reference), shape, shape.c, net.data());
        // Two roundings a sum of at most three products of up to 3.5 * 5: 4 * 2^-24 * 25.
        for (size_t i = 0; i < expected.size(); ++i) ASSERT_NEAR(reference[i], expected[i], 6e-6) << to_text(shape);
    }
}

TEST(NetworkOutput, does_not_read_what_a_first_evaluation_finds_or_a_weight_of_0_leaves_out) {
    const Shape shape{1, 5, 5, 3};
    const std::vector<float> nan(75, NAN), one(75, 1);
    ThreadTeam team(2);
    std::vector<float> net = one;
    net.insert(net.end(), nan.begin(), nan.end());
    std::vector<float> out = nan;
    const NetworkOutput two[] = {{out.data(), 2, 0, true}, {out.data(), 0, 0, false}};
    network_output(team, two, shape, 3, net.data());
    EXPECT_EQ(out, std::vector<float>(75, 2.0f));
    out = nan;
    const NetworkOutput nothing[] = {{out.data(), 0, 0, true}};
    network_output(team, nothing, shape, 3, nan.data());
    EXPECT_EQ(out, std::vector<float>(75, 0.0f));
}

// Learned variance: the second half of the channels has a weight of its own, and each half reads nothing where its own weight is 0.
TEST(NetworkOutput, weighs_means_and_variances_apart) {
    for (const int64_t means : {1, 3, 5}) {
        const Shape shape{1, 41, 53, 2 * means};
        const int64_t n = shape.elements(), pixels = shape.h * shape.w;
        const std::vector<float> net = random_values(2 * n, 5);
        for (const auto& [weight, variance] : std::vector<std::pair<float, float>>{{-0.5f, 1.5f}, {0, 1}, {1, 0}}) {
            std::vector<float> expected(size_t(n), NAN), got = expected, reference = expected;
            for (int64_t c = 0; c < shape.c; ++c)
                for (int64_t p = 0; p < pixels; ++p) {
                    const float w = c < means ? weight : variance;
                    const float guided = net[size_t(p * shape.c + c)], plain = net[size_t(n + p * shape.c + c)];
                    expected[size_t(c * pixels + p)] = std::fma(w, plain, (c < means ? 2 : 0) * guided);
                }
            const auto outputs_into = [&](std::vector<float>& out) {
                return std::vector<NetworkOutput>{{out.data(), 2, 0, true}, {out.data(), weight, variance, false}};
            };
            ThreadTeam team(2);
            network_output(team, outputs_into(got), shape, means, net.data());
            network_output_reference(outputs_into(reference), shape, means, net.data());
            EXPECT_EQ(got, expected) << means << " channels, weights " << weight << " and " << variance;
            // Two roundings a sum of at most two products of up to 2 * 5: 2^-24 * 20.
            for (size_t i = 0; i < size_t(n); ++i) ASSERT_NEAR(reference[i], expected[i], 2e-6);
        }
    }
}

}  // namespace
}  // namespace lgv
