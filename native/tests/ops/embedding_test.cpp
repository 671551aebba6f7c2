#include "ops/embedding/embedding.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include "base/error.h"
#include "ops/embedding/embedding.cpu.h"
#include "ops/weights.h"

namespace lgv {
namespace {

constexpr int64_t image_stride = 4096;

// One op with input value 0 and output value 1, in memory that is poisoned where nothing was put.
struct Bench {
    Shapes shapes;
    Weights weights;
    std::vector<float> in, out;

    Bench(int64_t n, const std::vector<float>& input, std::vector<TensorView> tensors = {})
        : shapes{{Shape{n, 1, 1, 1}}}, weights(std::move(tensors)), in(input), out(size_t(image_stride), NAN) {}

    template <class Op>
    std::vector<float> reference_of(const Op& op) {
        const Shape shape = shape_of(op);
        std::vector<float*> values = {in.data(), out.data()};
        reference(op, ReferenceLaunch{values, shapes, weights, Value{1}});
        return std::vector<float>(out.begin(), out.begin() + shape.elements());
    }

    // `rows`: images that are there. What is beyond them must stay as it was: checked here.
    template <class Op>
    std::vector<float> cpu_of(const Op& op, int threads, int64_t rows) {
        const Shape shape = shape_of(op);
        ThreadTeam team(threads);
        alignas(64) static std::byte arena[2 * image_stride * sizeof(float)];
        std::vector<float> poison(size_t(2 * image_stride), -77);
        std::memcpy(arena, poison.data(), sizeof arena);
        std::memcpy(arena, in.data(), in.size() * sizeof(float));
        const int64_t offsets[] = {0, image_stride * int64_t(sizeof(float))};
        const auto lowered = lower(op, Value{1}, shapes, weights, Isa::avx2);
        EXPECT_EQ(needs(lowered).workspace_bytes, 0);
        run(lowered, CpuLaunch{team, rows, arena, offsets, nullptr, nullptr, 0});
        std::memcpy(out.data(), arena + offsets[1], out.size() * sizeof(float));
        for (size_t i = size_t(rows * shape.per_image()); i < out.size(); ++i) EXPECT_EQ(out[i], -77) << "written beyond its rows, at " << i;
        return std::vector<float>(out.begin(), out.begin() + rows * shape.per_image());
    }

private:
    template <class Op>
    Shape shape_of(const Op& op) {
        shapes.all.resize(1);
        const Shape shape = output_shape(op, shapes);
        shapes.all.push_back(shape);
        return shape;
    }
};

TEST(TimestepEmbedding, has_the_numbers_that_diffusers_gives) {
    struct Case {
        float t;
        int32_t channels;
        bool cosine_first;
        float freq_shift;
        std::vector<std::pair<int, float>> known;
    };
    // get_timestep_embedding of diffusers 0.42.1, float32.
    const Case cases[] = {
        {999, 128, false, 1,
         {{0, -0.0264607518f}, {1, 0.72671592235f}, {2, -0.9215657114f}, {7, 0.77101957798f}, {31, -0.9694110155f}, {63, 0.09973391145f},
          {64, 0.99964982271f}, {65, -0.6869381070f}, {66, -0.3882224857f}, {100, 0.44565343856f}, {127, 0.99501413106f}}},
        {999, 128, true, 0,
         {{0, 0.99964982271f}, {1, -0.3990205526f}, {2, 0.12523111701f}, {7, 0.92709404230f}, {31, 0.51473188400f}, {63, 0.99335306882f},
          {64, -0.0264607518f}, {65, -0.9169420003f}, {66, 0.99212759733f}, {100, -0.6173710823f}, {127, 0.11510697007f}}},
        {431.5f, 7, true, 0,
         {{0, -0.4519854485f}, {1, 0.38194006681f}, {2, 0.59812361001f}, {3, -0.8920252919f}, {4, 0.92418712377f}, {5, 0.80140382051f}, {6, 0.0f}}},
    };
    for (const Case& c : cases) {
        Bench bench(1, {c.t});
        const std::vector<float> y =
            bench.reference_of(TimestepEmbedding{.t = Value{0}, .channels = c.channels, .cosine_first = c.cosine_first, .freq_shift = c.freq_shift});
        ASSERT_EQ(y.size(), size_t(c.channels));
        // 1.2e-7: torch's own sine is within 1 ulp of the exact one. A frequency off by one ulp would move these by up to 6e-5.
        for (const auto& [i, value] : c.known) EXPECT_NEAR(y[size_t(i)], value, 1.2e-7) << "t " << c.t << ", channel " << i;
    }
}

TEST(TimestepEmbedding, cpu_form_equals_the_reference_to_the_bit) {
    const std::vector<float> t = {0, 1, 999, 999.5f, -3, 0.25f * std::log(80.0f), 1e6f};
    for (int32_t channels : {1, 2, 3, 6, 7, 32, 65, 128})
        for (bool cosine_first : {false, true})
            for (float freq_shift : {0.0f, 0.5f}) {
                Bench bench(int64_t(t.size()), t);
                const TimestepEmbedding op{.t = Value{0}, .channels = channels, .cosine_first = cosine_first, .freq_shift = freq_shift};
                const std::vector<float> expected = bench.reference_of(op);
                for (int threads : {1, 2, 3}) EXPECT_EQ(bench.cpu_of(op, threads, int64_t(t.size())), expected) << channels << " channels";
                for (int64_t rows : {1, 2, 5}) {
                    const std::vector<float> some(expected.begin(), expected.begin() + rows * channels);
                    EXPECT_EQ(bench.cpu_of(op, 2, rows), some) << rows << " rows of 7";
                }
            }
}

TEST(TimestepEmbedding, refuses_what_has_no_frequencies) {
    Shapes shapes{{Shape{4, 1, 1, 1}, Shape{4, 1, 1, 2}}};
    EXPECT_EQ(output_shape(TimestepEmbedding{.t = Value{0}, .channels = 7}, shapes), (Shape{4, 1, 1, 7}));
    EXPECT_EQ(output_shape(TimestepEmbedding{.t = Value{0}, .channels = 1}, shapes), (Shape{4, 1, 1, 1}));  // a zero, as in diffusers
    EXPECT_THROW(output_shape(TimestepEmbedding{.t = Value{0}, .channels = 0}, shapes), Error);
    EXPECT_THROW(output_shape(TimestepEmbedding{.t = Value{1}, .channels = 8}, shapes), Error);
    EXPECT_THROW(output_shape(TimestepEmbedding{.t = Value{0}, .channels = 2, .freq_shift = 1}, shapes), Error);  // 0 / 0
    EXPECT_THROW(output_shape(TimestepEmbedding{.t = Value{0}, .channels = 8, .freq_shift = NAN}, shapes), Error);
    EXPECT_THROW(output_shape(TimestepEmbedding{.t = Value{0}, .channels = 64, .freq_shift = 32.5f}, shapes), Error);  // 10000^62
    EXPECT_EQ(output_shape(TimestepEmbedding{.t = Value{0}, .channels = 4, .freq_shift = 3}, shapes), (Shape{4, 1, 1, 4}));  // ascending, and finite
}

TEST(FourierEmbedding, has_the_numbers_that_diffusers_gives_in_double) {
    const std::vector<float> w = {16.5f, -3.25f, 40.125f};
    Bench bench(3, {7.25f, 0.5f, 80}, {TensorView{DType::f32, {3}, reinterpret_cast<const std::byte*>(w.data())}});
    const FourierEmbedding op{.t = Value{0}, .frequencies = Parameter{0}, .channels = 3};
    const std::vector<float> known = {-0.921515988f, -0.378297754f, 0.077306888f,  -0.388340422f, -0.925683968f, -0.997007345f, -0.385998582f, 0.999853068f, 0.923805891f,
                                      -0.922499374f, -0.017141806f, 0.382861171f, 0.944156842f,  -0.998603067f, -0.879858194f, -0.329496368f, 0.052838568f, 0.475236319f};
    const std::vector<float> y = bench.reference_of(op);
    ASSERT_EQ(y.size(), known.size());
    for (size_t i = 0; i < y.size(); ++i) EXPECT_NEAR(y[i], known[i], 6e-8) << i;  // a rounding; nine digits are known
    EXPECT_EQ(bench.cpu_of(op, 2, 3), y);
    EXPECT_EQ(bench.cpu_of(op, 1, 2), std::vector<float>(y.begin(), y.begin() + 12));
}

TEST(FourierEmbedding, refuses_what_does_not_fit) {
    Shapes shapes{{Shape{4, 1, 1, 1}, Shape{4, 1, 1, 2}}};
    EXPECT_THROW(output_shape(FourierEmbedding{.t = Value{1}, .frequencies = Parameter{0}, .channels = 3}, shapes), Error);
    EXPECT_THROW(output_shape(FourierEmbedding{.t = Value{0}, .frequencies = Parameter{0}, .channels = 0}, shapes), Error);
    const std::vector<float> w(4);
    Weights weights({TensorView{DType::f32, {4}, reinterpret_cast<const std::byte*>(w.data())}});
    EXPECT_THROW(lower(FourierEmbedding{.t = Value{0}, .frequencies = Parameter{0}, .channels = 3}, Value{1}, shapes, weights, Isa::avx2), Error);
}

// Labels are int32 in the room of float32 values.
std::vector<float> as_values(const std::vector<int32_t>& labels) {
    std::vector<float> values(labels.size());
    std::memcpy(values.data(), labels.data(), labels.size() * sizeof(float));
    return values;
}

TEST(LabelEmbedding, is_the_labels_row_of_the_table) {
    for (int32_t channels : {1, 3, 128}) {
        std::vector<float> table;
        for (int i = 0; i < 11 * channels; ++i) table.push_back(float(i) * 0.37f - 20);
        const std::vector<int32_t> labels = {0, 10, 3, 3, 7};
        Bench bench(5, as_values(labels), {TensorView{DType::f32, {11, channels}, reinterpret_cast<const std::byte*>(table.data())}});
        const LabelEmbedding op{.label = Value{0}, .table = Parameter{0}, .rows = 11, .channels = channels};
        std::vector<float> expected;
        for (int32_t label : labels) expected.insert(expected.end(), table.begin() + label * channels, table.begin() + (label + 1) * channels);
        EXPECT_EQ(bench.reference_of(op), expected);
        EXPECT_EQ(bench.cpu_of(op, 2, 5), expected);
        EXPECT_EQ(bench.cpu_of(op, 1, 2), std::vector<float>(expected.begin(), expected.begin() + 2 * channels));
    }
}

TEST(LabelEmbedding, refuses_shapes_that_cannot_be) {
    Shapes shapes{{Shape{4, 1, 1, 1}, Shape{4, 2, 1, 1}}};
    EXPECT_EQ(output_shape(LabelEmbedding{.label = Value{0}, .table = Parameter{0}, .rows = 3, .channels = 5}, shapes), (Shape{4, 1, 1, 5}));
    EXPECT_THROW(output_shape(LabelEmbedding{.label = Value{1}, .table = Parameter{0}, .rows = 3, .channels = 5}, shapes), Error);
    EXPECT_THROW(output_shape(LabelEmbedding{.label = Value{0}, .table = Parameter{0}, .rows = 0, .channels = 5}, shapes), Error);
    EXPECT_THROW(output_shape(LabelEmbedding{.label = Value{0}, .table = Parameter{0}, .rows = 3, .channels = 0}, shapes), Error);
}

TEST(Embeddings, cost_grows_with_images_and_channels) {
    Shapes shapes{{Shape{4, 1, 1, 1}}};
    EXPECT_EQ(cost(TimestepEmbedding{.t = Value{0}, .channels = 128}, shapes).flops, 4 * 64);
    EXPECT_EQ(cost(TimestepEmbedding{.t = Value{0}, .channels = 128}, shapes).bytes, 4 * (4 + 4 * 128));
    EXPECT_EQ(cost(FourierEmbedding{.t = Value{0}, .frequencies = Parameter{0}, .channels = 64}, shapes).bytes, 4 * (4 + 64 + 2 * 4 * 64));
    EXPECT_EQ(cost(LabelEmbedding{.label = Value{0}, .table = Parameter{0}, .rows = 11, .channels = 128}, shapes).bytes, 4 * (4 + 2 * 4 * 128));
}

}  // namespace
}  // namespace lgv
