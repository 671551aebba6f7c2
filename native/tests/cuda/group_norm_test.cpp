#include "ops/group_norm/group_norm.cuda.h"

#include "base/error.h"
#include "tests/cuda/cuda_bench.h"

namespace lgv::testing {

namespace {

struct Case {
    Shape image;
    int64_t c2;
    int32_t groups;
    Activation act;
    bool scale_shift;
    float offset = 0.5f;  // of x, in standard deviations
};

void expect_case(const Case& is, CudaType type, double tolerance, const std::string& wanted, int64_t shared_bytes = 99 * 1024) {
    SCOPED_TRACE(::testing::Message() << name_of(type) << " " << to_text(is.image) << " + " << is.c2 << ", " << is.groups << " groups, " << name_of(is.act));
    Bench bench;
    const int64_t channels = is.image.c + is.c2;
    GroupNorm op{.x = bench.value(is.image, 2, 2 * is.offset), .groups = is.groups, .act = is.act};
    if (is.c2 != 0) op.x2 = bench.value({1, is.image.h, is.image.w, is.c2}, 0.7f, -1);
    if (is.scale_shift) op.scale_shift = bench.value({1, 1, 1, 2 * channels}, 0.3f);
    op.weight = bench.parameter({channels}, 0.5f, 1);
    op.bias = bench.parameter({channels}, 0.5f);
    CudaRun how = CudaRun::of(type);
    how.target.shared_bytes = shared_bytes;

    const Weights source = bench.weights();
    CudaWeights weights(source);
    Shapes shapes = bench.shapes(1);
    shapes.all.push_back(output_shape(op, shapes));
    const Value out{int32_t(shapes.all.size()) - 1};
    const CudaTypes types{std::vector<CudaType>(shapes.all.size(), type)};
    EXPECT_NE(algorithm(lower(op, out, shapes, types, weights, how.target)).find(wanted), std::string::npos) << algorithm(lower(op, out, shapes, types, weights, how.target));

    const CudaBench trial(bench, op, how);
    trial.expect_near(tolerance);
    trial.expect_batch_invariance();
}

void expect_case(const Case& is, const std::string& wanted) {
    // A block with 1 KiB takes no slab.
    const int64_t shared_bytes = wanted == "slab" ? 99 * 1024 : 1024;
    expect_case(is, CudaType::bf16, bf16_tolerance, wanted, shared_bytes);
    expect_case(is, CudaType::f32, f32_tolerance, wanted, shared_bytes);
}

}  // namespace

TEST(CudaGroupNorm, normalises_small_images_in_slabs) {
    expect_case({{1, 1, 1, 8}, 0, 2, Activation::none, false}, "slab");
    expect_case({{1, 5, 3, 3}, 0, 3, Activation::relu, false}, "slab");
    expect_case({{1, 7, 5, 96}, 0, 32, Activation::silu, true}, "slab");
    expect_case({{1, 16, 9, 64}, 0, 16, Activation::silu, false}, "slab");
    expect_case({{1, 4, 4, 200}, 0, 40, Activation::gelu, false}, "slab");  // the last block has fewer channels
    expect_case({{1, 3, 3, 513}, 0, 27, Activation::mish, false}, "slab");
}

TEST(CudaGroupNorm, normalises_large_images_in_parts) {
    expect_case({{1, 37, 14, 32}, 0, 4, Activation::silu, false}, "parts");
    expect_case({{1, 13, 11, 33}, 0, 1, Activation::gelu, true}, "parts");
    expect_case({{1, 5, 7, 514}, 0, 1, Activation::mish, false}, "parts");  // a group wider than a block
    expect_case({{1, 1, 1, 2056}, 0, 1, Activation::none, false}, "parts");
}

// 40 + 24 channels in 8 groups of 8, 36 + 12 in 4 of 12, 5 + 6 in one of 11: groups that have channels of both.
TEST(CudaGroupNorm, lets_groups_straddle_two_sources) {
    expect_case({{1, 9, 5, 44}, 20, 4, Activation::silu, true}, "slab");
    expect_case({{1, 9, 5, 40}, 24, 4, Activation::silu, true}, "slab");
    expect_case({{1, 6, 5, 5}, 6, 1, Activation::none, false}, "slab");
    expect_case({{1, 19, 20, 24}, 8, 4, Activation::silu, true}, "parts");
    expect_case({{1, 21, 19, 5}, 6, 1, Activation::none, false}, "parts");
}

// The variance of numbers that lie 1000 standard deviations from 0. What float32 itself loses of such numbers is 1000 * 2^-24 of a deviation, about as much as the
// factors a and b of the parts lose: 2^-12 leaves room for some of each. In bfloat16 numbers hold only 2^-8 of their mean: 30 deviations.
TEST(CudaGroupNorm, keeps_the_variance_of_numbers_far_from_0) {
    expect_case({{1, 9, 7, 32}, 0, 8, Activation::none, false, 1000}, CudaType::f32, 0x1p-12, "slab");
    expect_case({{1, 37, 14, 32}, 0, 4, Activation::none, false, 1000}, CudaType::f32, 0x1p-12, "parts", 1024);
    expect_case({{1, 37, 14, 32}, 0, 4, Activation::none, false, 30}, CudaType::bf16, bf16_tolerance, "parts", 1024);
}

// A group of 40 channels at 32 x 32 pixels is 80 KiB. At 64 x 33 pixels 8 channels would fit, but they are 16 bytes of a row: less than the 64 that make whole sectors.
TEST(CudaGroupNorm, takes_parts_where_a_block_has_little_shared_memory) {
    expect_case({{1, 32, 32, 40}, 0, 1, Activation::silu, false}, CudaType::bf16, bf16_tolerance, "slabs of 40 channels");
    expect_case({{1, 32, 32, 40}, 0, 1, Activation::silu, false}, CudaType::bf16, bf16_tolerance, "parts", 64 * 1024);
    expect_case({{1, 64, 33, 32}, 0, 16, Activation::none, false}, CudaType::bf16, bf16_tolerance, "parts");
}

// Moments made elsewhere, by tiles that do not divide the image, and of one tile: merged they are the same statistics.
TEST(CudaGroupNorm, merges_moments_of_any_partition) {
    constexpr int64_t h = 11, w = 9, channels = 12, rows = 2;
    Bench bench;
    GroupNorm op{.x = bench.value({1, h, w, channels}, 2, 1), .groups = 3};
    op.weight = bench.parameter({channels}, 0.5f, 1);
    op.bias = bench.parameter({channels}, 0.5f);
    const Weights source = bench.weights();
    CudaWeights weights(source);
    Shapes shapes = bench.shapes(rows);
    shapes.all.push_back(output_shape(op, shapes));
    CudaGroupNorm lowered = lower(op, Value{1}, shapes, CudaTypes{{CudaType::f32, CudaType::f32}}, weights, CudaTarget{});

    std::vector<float> x = bench.numbers(op.x, 3);
    const std::vector<float> other = bench.numbers(op.x, 7);
    x.insert(x.end(), other.begin(), other.end());
    const std::vector<float> wanted = bench.reference_of(op, {3, 7});
    for (const PixelTiles tiles : {PixelTiles{h, w, 4, 4}, PixelTiles{h, w, h, w}, PixelTiles{h, w, 1, 1}}) {
        lowered.tiles = tiles;
        std::vector<ChannelMoments> moments;
        for (int64_t n = 0; n < rows; ++n)
            for (int32_t y0 = 0; y0 < h; y0 += tiles.tile_h)
                for (int32_t x0 = 0; x0 < w; x0 += tiles.tile_w)
                    for (int64_t c = 0; c < channels; ++c) {
                        double sum = 0, square = 0, count = 0;
                        const auto each = [&](const auto& f) {
                            for (int64_t i = y0; i < std::min<int64_t>(y0 + tiles.tile_h, h); ++i)
                                for (int64_t j = x0; j < std::min<int64_t>(x0 + tiles.tile_w, w); ++j) f(double(x[size_t(((n * h + i) * w + j) * channels + c)]));
                        };
                        each([&](double v) { sum += v, count += 1; });
                        each([&](double v) { square += (v - sum / count) * (v - sum / count); });
                        moments.push_back({float(sum / count), float(square)});
                    }
        ASSERT_EQ(int64_t(moments.size()), rows * tiles.count() * channels);
        const DeviceMemory on_device(int64_t(moments.size() * sizeof(ChannelMoments))), factors(rows * channels * int64_t(sizeof(ChannelFactors)));
        upload(on_device.data(), moments.data(), on_device.bytes());
        merge_moments(lowered, nullptr, rows, reinterpret_cast<const ChannelMoments*>(on_device.data()), nullptr, nullptr, reinterpret_cast<ChannelFactors*>(factors.data()));
        std::vector<ChannelFactors> got(size_t(rows * channels));
        download(got.data(), factors.data(), factors.bytes());
        expect_no_findings();
        for (int64_t i = 0; i < int64_t(x.size()); ++i) {
            const ChannelFactors factor = got[size_t(i / (h * w * channels) * channels + i % channels)];
            ASSERT_NEAR(factor.a * x[size_t(i)] + factor.b, wanted[size_t(i)], 1e-5) << tiles.tile_h << " x " << tiles.tile_w << " tiles, element " << i;
        }
    }
}

TEST(CudaGroupNorm, refuses_a_change_of_type) {
    Bench bench;
    const GroupNorm op{.x = bench.value({1, 3, 3, 8}), .weight = bench.parameter({8}), .bias = bench.parameter({8}), .groups = 2};
    const Weights source = bench.weights();
    CudaWeights weights(source);
    Shapes shapes = bench.shapes(1);
    shapes.all.push_back(output_shape(op, shapes));
    EXPECT_THROW(lower(op, Value{1}, shapes, CudaTypes{{CudaType::f32, CudaType::bf16}}, weights, CudaTarget{}), Error);
}

}  // namespace lgv::testing
