#include "ops/embedding/embedding.cuda.h"

#include <limits>

#include "base/error.h"
#include "tests/cuda/cuda_bench.h"

namespace lgv::testing {

namespace {

// Sines are within 6e-8 of the reference's, which are rounded from double: 2^-23 leaves room for both roundings.
constexpr double sine_tolerance = 0x1p-23;

// The op on one number (float or label) a row, by device and by reference.
template <class Op, class Number>
void expect_near(const Op& op, const std::vector<Number>& in, CudaType from, CudaType to, double tolerance, const std::vector<TensorView>& tensors = {}) {
    static_assert(sizeof(Number) == 4);
    const Weights source{std::vector<TensorView>(tensors)};
    CudaWeights weights(source);
    const int64_t rows = int64_t(in.size());
    Shapes shapes{{Shape{rows + 1, 1, 1, 1}}};  // one dead row
    const Shape y = output_shape(op, shapes);
    shapes.all.push_back(y);
    const auto lowered = lower(op, Value{1}, shapes, CudaTypes{{from, to}}, weights, CudaTarget{});
    EXPECT_EQ(needs(lowered).workspace_bytes, 0);
    const int64_t offsets[] = {0, (rows * 4 + 511) / 256 * 256}, bytes = offsets[1] + y.elements() * size_of(to);
    const DeviceMemory arena(bytes);
    std::vector<std::byte> host(size_t(bytes), std::byte{0xff});
    std::memcpy(host.data(), in.data(), in.size() * 4);
    upload(arena.data(), host.data(), bytes);
    run(lowered, CudaLaunch{nullptr, rows, arena.data(), offsets, nullptr});
    download(host.data(), arena.data(), bytes);
    expect_no_findings();

    shapes.all[0].n = rows;
    std::vector<Number> input = in;
    std::vector<float> wanted(size_t(rows * y.c));
    std::vector<float*> values = {reinterpret_cast<float*>(input.data()), wanted.data()};
    shapes.all[1].n = rows;
    reference(op, ReferenceLaunch{values, shapes, source, Value{1}});
    for (int64_t i = 0; i < (rows + 1) * y.c; ++i) {
        float got;
        bf16 half;
        std::memcpy(&got, host.data() + offsets[1] + i * size_of(to), 4);
        std::memcpy(&half, host.data() + offsets[1] + i * size_of(to), 2);
        if (i >= rows * y.c) {
            ASSERT_EQ(to == CudaType::bf16 ? half.bits : bits_of(got) & 0xffffu, 0xffffu) << "a dead row was written to";
            ASSERT_TRUE(to == CudaType::bf16 || bits_of(got) == 0xffffffffu) << "a dead row was written to";
            continue;
        }
        if (to == CudaType::bf16) got = to_float(half);
        if (std::isnan(wanted[size_t(i)])) {
            ASSERT_TRUE(std::isnan(got)) << "row " << i / y.c;
        } else {
            ASSERT_NEAR(got, wanted[size_t(i)], tolerance) << "row " << i / y.c << ", " << in[size_t(i / y.c)] << ", channel " << i % y.c;
        }
    }
}

}  // namespace

TEST(CudaTimestepEmbedding, has_the_sines_of_any_timestep) {
    std::vector<float> t = {0, 1, 999, 1000, 431.5f, -3.25f, 1e-3f, 1e-30f, 1e5f, 1234567.0f, 3e9f, 1e20f, 3e38f, -7e7f, std::numeric_limits<float>::denorm_min(),
                            std::numeric_limits<float>::infinity(), NAN};
    for (int i = 1; i < 200; ++i) t.push_back(float(5 * i) + 0.37f * float(i % 3));
    for (const int32_t channels : {1, 2, 7, 128}) {
        for (const bool cosine_first : {false, true}) {
            const TimestepEmbedding op{.t = {0}, .channels = channels, .cosine_first = cosine_first, .freq_shift = channels > 2 ? 1.0f : 0.0f};
            expect_near(op, t, CudaType::f32, CudaType::f32, sine_tolerance);
            expect_near(op, t, CudaType::f32, CudaType::bf16, 0x1p-8);
        }
    }
}

TEST(CudaFourierEmbedding, has_the_sines_of_any_noise_level) {
    std::vector<float> t = {1, 0.01f, 1380, 0.5f, 1e-10f, 1e20f, 2, 0.70710678f, 1.4142135f, 0, -1, NAN, std::numeric_limits<float>::infinity()};
    for (int i = 1; i < 150; ++i) t.push_back(std::exp(0.08f * float(i - 60)));
    std::vector<float> w = normals(5, 33);
    for (float& v : w) v *= 16;  // as models have them
    w.push_back(0);
    const std::vector<TensorView> tensors = {{DType::f32, {34}, reinterpret_cast<const std::byte*>(w.data())}};
    const FourierEmbedding op{.t = {0}, .frequencies = {0}, .channels = 34};
    // ln t is known to 5e-10, its product with 40 as a turn of 2 pi to 1.3e-7, the sine of that to 6e-8.
    expect_near(op, t, CudaType::f32, CudaType::f32, 3e-7, tensors);
    expect_near(op, t, CudaType::f32, CudaType::bf16, 0x1p-8, tensors);
}

TEST(CudaLabelEmbedding, copies_rows_of_the_table) {
    const std::vector<float> table = normals(7, 5 * 67);
    const std::vector<TensorView> tensors = {{DType::f32, {5, 67}, reinterpret_cast<const std::byte*>(table.data())}};
    const LabelEmbedding op{.label = {0}, .table = {0}, .rows = 5, .channels = 67};
    const std::vector<int32_t> labels = {4, 0, 2, 2, 3};
    expect_near(op, labels, CudaType::i32, CudaType::f32, 0, tensors);
    expect_near(op, labels, CudaType::i32, CudaType::bf16, 0x1p-8 * 4, tensors);
}

TEST(CudaEmbeddings, refuse_what_is_not_a_timestep_or_a_label) {
    const Weights source{std::vector<TensorView>{}};
    CudaWeights weights(source);
    const Shapes shapes{{Shape{1, 1, 1, 1}, Shape{1, 1, 1, 4}}};
    EXPECT_THROW(lower(TimestepEmbedding{.t = {0}, .channels = 4}, Value{1}, shapes, CudaTypes{{CudaType::bf16, CudaType::f32}}, weights, CudaTarget{}), Error);
    EXPECT_THROW(lower(LabelEmbedding{.label = {0}, .table = {0}, .rows = 2, .channels = 4}, Value{1}, shapes, CudaTypes{{CudaType::f32, CudaType::f32}}, weights, CudaTarget{}), Error);
}

}  // namespace lgv::testing
