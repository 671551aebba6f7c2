// Every form of the convolution on sizes that fit no tile, sums longer than the ring of stages, all that is fused into it, and what it refuses.
#include "ops/conv/conv.cuda.h"

#include "base/error.h"
#include "ops/activation.h"
#include "ops/group_norm/group_norm.h"
#include "tests/cuda/cuda_bench.h"

namespace lgv::testing {

namespace {

struct ConvCase {
    Shape x;
    int32_t out_channels = 1;
    int64_t channels2 = 0;
    int32_t kernel = 3, stride = 1;
    Padding pad = Padding::all(1);
    bool upsample = false, time = false, residual = false, bias = true;
    float scale = 1;
};

// Weights are scaled so that an output is about a normal number.
Conv2d make(Bench& bench, const ConvCase& c) {
    const int64_t channels = c.x.c + c.channels2;
    Conv2d op{.out_channels = c.out_channels, .kernel = c.kernel, .stride = c.stride, .pad = c.pad, .upsample = c.upsample, .scale = c.scale};
    op.x = bench.value(c.x);
    if (c.channels2) op.x2 = bench.value({1, c.x.h, c.x.w, c.channels2});
    op.weight = bench.parameter({c.out_channels, channels, c.kernel, c.kernel}, 1 / std::sqrt(float(channels * c.kernel * c.kernel)));
    if (c.bias) op.bias = bench.parameter({c.out_channels});
    const Shape y = output_shape(op, bench.shapes(1));
    if (c.time) op.time = bench.value({1, 1, 1, c.out_channels});
    if (c.residual) op.residual = bench.value(y);
    return op;
}

std::string algorithm_of(const Bench& bench, const Conv2d& op, const CudaRun& how) {
    Shapes shapes = bench.shapes(1);
    shapes.all.push_back(output_shape(op, shapes));
    CudaTypes types{std::vector<CudaType>(shapes.all.size(), how.type)};
    types.all[size_t(op.x.id)] = how.in;
    types.all.back() = how.out;
    const Weights source = bench.weights();
    CudaWeights weights(source);
    return algorithm(lower(op, {int32_t(shapes.all.size()) - 1}, shapes, types, weights, how.target));
}

// `form`: what must compute it.
void check(const ConvCase& c, const std::string& form, const CudaRun& how = CudaRun::of(CudaType::bf16), bool invariance = false) {
    Bench bench;
    const Conv2d op = make(bench, c);
    SCOPED_TRACE(::testing::Message() << to_text(c.x) << " + " << c.channels2 << " to " << c.out_channels << ", kernel " << c.kernel << ", stride " << c.stride);
    EXPECT_EQ(algorithm_of(bench, op, how), form);
    const CudaBench trial(bench, op, how, op.x);
    trial.expect_near(how.type == CudaType::f32 ? f32_tolerance : bf16_tolerance);
    if (invariance) trial.expect_batch_invariance();
}

constexpr CudaRun picture_in{CudaType::bf16, CudaType::f32, CudaType::bf16, {}}, picture_out{CudaType::bf16, CudaType::bf16, CudaType::f32, {}};

}  // namespace

TEST(CudaConv2d, multiplies_in_tiles_that_no_size_fills) {
    check({.x = {1, 15, 17, 24}, .out_channels = 120}, "tiles 128x128");
    check({.x = {1, 9, 14, 40}, .out_channels = 124}, "tiles 128x128");  // not in packs of 8
    check({.x = {1, 15, 16, 16}, .out_channels = 64}, "tiles 128x64");
    check({.x = {1, 11, 13, 64}, .out_channels = 24}, "tiles 128x32");
    check({.x = {1, 7, 9, 96}, .out_channels = 72, .bias = false}, "tiles 64x64");
    check({.x = {1, 3, 1, 24}, .out_channels = 9}, "tiles 64x64");
    check({.x = {1, 1, 1, 24}, .out_channels = 9, .kernel = 1, .pad = {}}, "tiles 64x64");
}

TEST(CudaConv2d, multiplies_patches_of_larger_images) {
    check({.x = {1, 15, 15, 32}, .out_channels = 72, .channels2 = 32, .time = true, .residual = true, .scale = 0.70710678f}, "patches 128x128");
    check({.x = {1, 8, 15, 32}, .out_channels = 42, .channels2 = 64, .time = true, .residual = true}, "patches 128x64", CudaRun::of(CudaType::bf16), true);
    check({.x = {1, 8, 31, 32}, .out_channels = 40}, "patches 128x64", picture_out);
    check({.x = {1, 7, 16, 96}, .out_channels = 40, .kernel = 2, .pad = {0, 1, 1, 0}, .bias = false}, "patches 128x64");
    check({.x = {1, 16, 15, 32}, .out_channels = 40, .kernel = 5, .pad = {3, 2, 1, 2}}, "patches 128x64");
    check({.x = {1, 8, 7, 64}, .out_channels = 40, .upsample = true}, "patches 128x64");
    check({.x = {1, 4, 8, 32}, .out_channels = 40, .channels2 = 32, .kernel = 4, .pad = {1, 2, 2, 1}, .upsample = true}, "patches 128x64");
}

TEST(CudaConv2d, reads_channels_that_make_no_whole_packs) {
    check({.x = {1, 10, 13, 13}, .out_channels = 13}, "tiles 128x32");
    check({.x = {1, 5, 7, 3}, .out_channels = 70, .channels2 = 17}, "tiles 64x64");
    check({.x = {1, 5, 7, 13}, .out_channels = 10}, "tiles 64x64", picture_in);
    check({.x = {1, 5, 7, 13}, .out_channels = 3}, "tiles 64x64", picture_out);
}

TEST(CudaConv2d, sums_over_two_sources_that_lie_in_different_memory) {
    check({.x = {1, 8, 6, 40}, .out_channels = 40, .channels2 = 24}, "tiles 64x64");
    check({.x = {1, 8, 6, 8}, .out_channels = 40, .channels2 = 96}, "tiles 64x64");
    check({.x = {1, 8, 6, 64}, .out_channels = 40, .channels2 = 16, .kernel = 1, .pad = {}}, "tiles 64x64");
    check({.x = {1, 8, 6, 9}, .out_channels = 40, .channels2 = 31, .kernel = 1, .pad = {}}, "tiles 64x64");
}

TEST(CudaConv2d, takes_any_kernel_stride_and_padding) {
    check({.x = {1, 16, 16, 24}, .out_channels = 40, .stride = 2, .pad = {0, 0, 1, 1}}, "tiles 64x64");  // as diffusers pads before a step of 2
    check({.x = {1, 11, 14, 24}, .out_channels = 40, .kernel = 4, .stride = 3, .pad = {2, 1, 0, 3}}, "tiles 64x64");
    check({.x = {1, 6, 5, 16}, .out_channels = 9, .kernel = 7, .pad = Padding::all(5)}, "tiles 128x32");
    check({.x = {1, 9, 8, 16}, .out_channels = 9, .kernel = 1, .stride = 2, .pad = Padding::all(1)}, "tiles 64x64");
}

TEST(CudaConv2d, reads_an_image_at_twice_its_size) {
    check({.x = {1, 6, 5, 24}, .out_channels = 40, .upsample = true}, "tiles 128x64");
    check({.x = {1, 7, 5, 13}, .out_channels = 24, .channels2 = 3, .pad = {2, 1, 0, 1}, .upsample = true}, "tiles 128x32");
    check({.x = {1, 4, 4, 120}, .out_channels = 40, .stride = 2, .upsample = true}, "tiles 64x64 split 2");
}

TEST(CudaConv2d, adds_bias_time_and_residual_before_it_scales) {
    check({.x = {1, 9, 14, 16}, .out_channels = 96, .time = true, .residual = true, .scale = 0.70710678f}, "tiles 128x128", CudaRun::of(CudaType::bf16), true);
    check({.x = {1, 3, 5, 24}, .out_channels = 42, .channels2 = 8, .time = true, .residual = true, .scale = 0.5f}, "tiles 64x64", CudaRun::of(CudaType::bf16), true);
    check({.x = {1, 9, 14, 40}, .out_channels = 24, .time = true, .residual = true, .bias = false, .scale = 2}, "tiles 128x32", picture_out);
}

TEST(CudaConv2d, splits_the_sums_of_small_images) {
    check({.x = {1, 4, 4, 256}, .out_channels = 40, .time = true, .residual = true, .scale = 0.5f}, "tiles 64x64 split 4", CudaRun::of(CudaType::bf16), true);
    check({.x = {1, 2, 3, 120}, .out_channels = 9, .channels2 = 40}, "tiles 64x64 split 2", picture_out);
}

TEST(CudaConv2d, takes_pictures_in) {
    check({.x = {1, 12, 11, 3}, .out_channels = 70, .time = true, .residual = true, .scale = 0.5f}, "few inputs", picture_in, true);
    check({.x = {1, 12, 11, 3}, .out_channels = 64}, "few inputs", picture_out);
    check({.x = {1, 5, 6, 1}, .out_channels = 13, .channels2 = 4, .stride = 2, .pad = {0, 0, 1, 1}}, "few inputs");
    check({.x = {1, 5, 6, 4}, .out_channels = 8, .kernel = 1, .pad = Padding::all(1), .upsample = true}, "few inputs");
}

TEST(CudaConv2d, gives_pictures_out) {
    check({.x = {1, 19, 18, 40}, .out_channels = 3, .channels2 = 24}, "few outputs", picture_out, true);
    check({.x = {1, 9, 33, 96}, .out_channels = 8, .time = true, .residual = true, .scale = 0.5f}, "few outputs");
    check({.x = {1, 13, 12, 8}, .out_channels = 4, .kernel = 4, .stride = 2, .pad = {0, 1, 2, 1}}, "few outputs", picture_out);
    check({.x = {1, 9, 7, 24}, .out_channels = 1, .channels2 = 8, .upsample = true}, "few outputs", picture_out);
    check({.x = {1, 9, 7, 24}, .out_channels = 3, .kernel = 5, .stride = 3, .pad = Padding::all(3), .upsample = true}, "few outputs", picture_out);
}

TEST(CudaConv2d, has_an_oracle_in_float32) {
    const CudaRun f32 = CudaRun::of(CudaType::f32);
    check({.x = {1, 5, 7, 24}, .out_channels = 13, .channels2 = 3, .time = true, .residual = true, .scale = 0.5f}, "elements", f32, true);
    check({.x = {1, 8, 9, 13}, .out_channels = 40, .kernel = 4, .stride = 3, .pad = {2, 1, 0, 3}}, "elements", f32);
    check({.x = {1, 5, 4, 3}, .out_channels = 4, .upsample = true, .bias = false}, "elements", f32);
    check({.x = {1, 3, 3, 96}, .out_channels = 3}, "elements", f32);
}

// --- the fusions that a later pass switches on ------------------------------------------------------------------------------------------------------------

// A value of the test's own, behind those of the program and in the workspace.
struct Behind {
    std::vector<int64_t> offsets;
    CudaLaunch launch;

    Behind(const CudaLaunch& of, int64_t at) : offsets(of.offsets.begin(), of.offsets.end()), launch(of) {
        offsets.push_back(of.workspace + at - of.arena);
        launch.offsets = offsets;
    }
};

constexpr int64_t aligned(int64_t bytes) { return (bytes + 255) / 256 * 256; }

// y = conv(silu(norm([x, x2])))
struct NormedConv {
    Conv2d conv;
    GroupNorm norm;
    auto inputs() const { return conv.inputs(); }
};

struct CudaNormedConv {
    NormedConv op;
    CudaConv2d conv;
    Shape x;
    CudaType type;
    std::vector<float> gamma, beta;
};

Shape output_shape(const NormedConv& op, const Shapes& shapes) { return output_shape(op.conv, shapes); }

void reference(const NormedConv& op, const ReferenceLaunch& launch) {
    Shapes shapes = launch.shapes;
    shapes.all.push_back(output_shape(op.norm, shapes));
    std::vector<float> normed(size_t(shapes.all.back().elements()));
    std::vector<float*> values(launch.values.begin(), launch.values.end());
    values.push_back(normed.data());
    const Value middle{int32_t(values.size()) - 1};
    reference(op.norm, ReferenceLaunch{values, shapes, launch.weights, middle});
    Conv2d conv = op.conv;
    conv.x = middle, conv.x2 = {};
    reference(conv, ReferenceLaunch{values, shapes, launch.weights, launch.out});
}

CudaNormedConv lower(const NormedConv& op, Value out, const Shapes& shapes, const CudaTypes& types, CudaWeights& weights, const CudaTarget& target) {
    CudaNormedConv lowered{op, lower(op.conv, out, shapes, types, weights, target), output_shape(op.norm, shapes), types[op.conv.x],
                           weights.source().values(op.norm.weight), weights.source().values(op.norm.bias)};
    lowered.conv.norm = {.factors = {int32_t(shapes.all.size())}, .silu = op.norm.act == Activation::silu};
    return lowered;
}

int64_t factors_at(const CudaNormedConv& op) { return aligned(needs(op.conv).workspace_bytes); }
CudaNeeds needs(const CudaNormedConv& op) { return {factors_at(op) + op.x.n * 2 * op.x.c * 4}; }
std::string algorithm(const CudaNormedConv& op) { return algorithm(op.conv); }

std::vector<float> numbers_of(const std::byte* device, int64_t count, CudaType type) {
    std::vector<std::byte> raw(size_t(count * size_of(type)));
    download(raw.data(), device, int64_t(raw.size()));
    std::vector<float> out(static_cast<size_t>(count));
    for (size_t i = 0; i < out.size(); ++i) {
        bf16 half{};
        if (type == CudaType::bf16) {
            std::memcpy(&half, raw.data() + 2 * i, 2);
            out[i] = to_float(half);
        } else {
            std::memcpy(&out[i], raw.data() + 4 * i, 4);
        }
    }
    return out;
}

void run(const CudaNormedConv& op, const CudaLaunch& launch) {
    const int64_t pixels = op.x.h * op.x.w, channels = op.x.c, c2 = op.conv.c2, c1 = channels - c2, width = channels / op.op.norm.groups;
    const std::vector<float> x = numbers_of(launch.at<std::byte>(op.op.conv.x), launch.rows * pixels * c1, op.type);
    const std::vector<float> x2 = c2 ? numbers_of(launch.at<std::byte>(op.op.conv.x2), launch.rows * pixels * c2, op.type) : std::vector<float>();
    std::vector<float> factors(size_t(launch.rows * 2 * channels));
    for (int64_t n = 0; n < launch.rows; ++n)
        for (int64_t group = 0; group < op.op.norm.groups; ++group) {
            double sum = 0, squares = 0;
            for (int64_t pixel = 0; pixel < pixels; ++pixel)
                for (int64_t c = group * width; c < (group + 1) * width; ++c) {
                    const double v = c < c1 ? x[size_t((n * pixels + pixel) * c1 + c)] : x2[size_t((n * pixels + pixel) * c2 + c - c1)];
                    sum += v, squares += v * v;
                }
            const double count = double(pixels * width), mean = sum / count, rate = 1 / std::sqrt(squares / count - mean * mean + op.op.norm.eps);
            for (int64_t c = group * width; c < (group + 1) * width; ++c) {
                const double a = op.gamma[size_t(c)] * rate;
                factors[size_t(n * channels + c) * 2] = float(a);
                factors[size_t(n * channels + c) * 2 + 1] = float(op.beta[size_t(c)] - mean * a);
            }
        }
    upload(launch.workspace + factors_at(op), factors.data(), int64_t(factors.size()) * 4);
    const Behind behind(launch, factors_at(op));
    run(op.conv, behind.launch);
}

void check_normed(const ConvCase& c, int32_t groups, Activation act, const CudaRun& how = CudaRun::of(CudaType::bf16), bool invariance = false) {
    Bench bench;
    const Conv2d conv = make(bench, c);
    const int64_t channels = c.x.c + c.channels2;
    // beta is far from 0, so that padding that was normed would be seen.
    const NormedConv op{conv, {.x = conv.x, .x2 = conv.x2, .weight = bench.parameter({channels}, 0.2f, 1), .bias = bench.parameter({channels}, 0.2f, 1), .groups = groups, .act = act}};
    SCOPED_TRACE(::testing::Message() << to_text(c.x) << " + " << c.channels2 << " to " << c.out_channels);
    const CudaBench trial(bench, op, how, conv.x);
    trial.expect_near(how.type == CudaType::f32 ? f32_tolerance : bf16_tolerance);
    if (invariance) trial.expect_batch_invariance();
}

// Bits are compared without silu: the emulator's exponential errs at random, so that no two are the same.
TEST(CudaConv2d, norms_what_it_reads) {
    check_normed({.x = {1, 11, 12, 40}, .out_channels = 24, .time = true, .residual = true}, 4, Activation::silu);
    check_normed({.x = {1, 15, 15, 32}, .out_channels = 72, .channels2 = 32, .time = true, .residual = true}, 4, Activation::silu);
    check_normed({.x = {1, 8, 15, 32}, .out_channels = 40, .channels2 = 64}, 3, Activation::none, CudaRun::of(CudaType::bf16), true);
    check_normed({.x = {1, 7, 16, 96}, .out_channels = 40, .kernel = 2, .pad = {0, 1, 1, 0}}, 3, Activation::silu);
    check_normed({.x = {1, 8, 7, 64}, .out_channels = 40, .upsample = true}, 2, Activation::silu);
    check_normed({.x = {1, 9, 14, 24}, .out_channels = 128, .channels2 = 16}, 5, Activation::silu);
    check_normed({.x = {1, 9, 14, 32}, .out_channels = 64}, 8, Activation::none);
    check_normed({.x = {1, 3, 5, 40}, .out_channels = 40, .channels2 = 24, .stride = 2, .pad = {0, 0, 1, 1}}, 4, Activation::none, CudaRun::of(CudaType::bf16), true);
    check_normed({.x = {1, 5, 4, 13}, .out_channels = 24, .channels2 = 7, .upsample = true}, 2, Activation::silu);
    check_normed({.x = {1, 4, 4, 256}, .out_channels = 24}, 32, Activation::silu);
    check_normed({.x = {1, 9, 18, 40}, .out_channels = 3, .channels2 = 24}, 2, Activation::silu, picture_out);
    check_normed({.x = {1, 5, 6, 4}, .out_channels = 8}, 2, Activation::silu);
    check_normed({.x = {1, 5, 6, 13}, .out_channels = 8, .channels2 = 7}, 4, Activation::silu, CudaRun::of(CudaType::f32));
}

// The statistics of a convolution's output, which lies in the workspace.
struct ConvStatistics {
    Conv2d conv;
    CudaType type;       // of that output
    PixelTiles parts;
    auto inputs() const { return conv.inputs(); }
};

struct CudaConvStatistics {
    CudaConv2d conv;
};

Shape output_shape(const ConvStatistics& op, const Shapes& shapes) {
    const Shape y = output_shape(op.conv, shapes);
    return {y.n, op.parts.count(), y.c, 2};
}

void reference(const ConvStatistics& op, const ReferenceLaunch& launch) {
    Shapes shapes = launch.shapes;
    const Shape y = output_shape(op.conv, shapes);
    shapes.all.push_back(y);
    std::vector<float> numbers(static_cast<size_t>(y.elements()));
    std::vector<float*> values(launch.values.begin(), launch.values.end());
    values.push_back(numbers.data());
    reference(op.conv, ReferenceLaunch{values, shapes, launch.weights, {int32_t(values.size()) - 1}});
    numbers = rounded(numbers, op.type);
    const PixelTiles& parts = op.parts;
    const int64_t across = parts.across();
    for (int64_t n = 0; n < y.n; ++n)
        for (int64_t part = 0; part < parts.count(); ++part)
            for (int64_t k = 0; k < y.c; ++k) {
                std::vector<double> of_part;
                for (int64_t i = 0; i < parts.tile_h; ++i)
                    for (int64_t j = 0; j < parts.tile_w; ++j) {
                        const int64_t row = part / across * parts.tile_h + i, column = part % across * parts.tile_w + j;
                        if (row < parts.h && column < parts.w) of_part.push_back(numbers[size_t(((n * parts.h + row) * parts.w + column) * y.c + k)]);
                    }
                double mean = 0, squares = 0;
                for (const double v : of_part) mean += v / double(of_part.size());
                for (const double v : of_part) squares += (v - mean) * (v - mean);
                float* to = launch.at(launch.out) + ((n * parts.count() + part) * y.c + k) * 2;
                to[0] = float(mean), to[1] = float(squares);
            }
}

CudaConvStatistics lower(const ConvStatistics& op, Value out, Shapes shapes, CudaTypes types, CudaWeights& weights, const CudaTarget& target) {
    const Value y{int32_t(shapes.all.size())};
    shapes.all.push_back(output_shape(op.conv, shapes));
    types.all.push_back(op.type);
    CudaConvStatistics lowered{lower(op.conv, y, shapes, types, weights, target)};
    lowered.conv.statistics = out;
    EXPECT_EQ(statistics_shape(lowered.conv), shapes[out]);
    return lowered;
}

int64_t y_at(const CudaConvStatistics& op) { return aligned(needs(op.conv).workspace_bytes); }
CudaNeeds needs(const CudaConvStatistics& op) { return {y_at(op) + op.conv.y.elements() * size_of(op.conv.to)}; }
std::string algorithm(const CudaConvStatistics& op) { return algorithm(op.conv); }

void run(const CudaConvStatistics& op, const CudaLaunch& launch) {
    const Behind behind(launch, y_at(op));
    run(op.conv, behind.launch);
}

// A mean of y moves by no more than y's elements do, 2^-8 of their scale; a sum of squares by twice their deviation times that, for each of up to 128 elements.
void check_statistics(const ConvCase& c, const CudaRun& how, int32_t tile_h, int32_t tile_w) {
    Bench bench;
    const Conv2d conv = make(bench, c);
    const Shape y = output_shape(conv, bench.shapes(1));
    SCOPED_TRACE(::testing::Message() << to_text(c.x) << " to " << c.out_channels << ", " << name_of(how.out));
    const CudaRun of_statistics{how.type, how.in, CudaType::f32, how.target};
    const bool runs = tile_h == 1;
    const ConvStatistics op{conv, how.out, {runs ? 1 : int32_t(y.h), runs ? int32_t(y.h * y.w) : int32_t(y.w), tile_h, tile_w}};
    const CudaBench trial(bench, op, of_statistics, conv.x);
    const std::vector<float> got = trial.run_pictures({3, 7}, 3), wanted = trial.reference_of({3, 7});
    ASSERT_EQ(got.size(), wanted.size());
    double scales[2] = {};
    for (size_t i = 0; i < wanted.size(); ++i) {
        double& scale = scales[i % 2];
        scale = std::max(scale, std::abs(double(wanted[i])));
    }
    for (size_t i = 0; i < wanted.size(); ++i) ASSERT_NEAR(got[i], wanted[i], bf16_tolerance * std::max(1.0, scales[i % 2])) << "element " << i;
    trial.expect_batch_invariance();
}

TEST(CudaConv2d, writes_the_statistics_of_what_it_stores) {
    const CudaRun bf16 = CudaRun::of(CudaType::bf16);
    check_statistics({.x = {1, 12, 13, 24}, .out_channels = 24, .time = true, .residual = true, .scale = 0.5f}, bf16, 1, 64);
    check_statistics({.x = {1, 12, 13, 8}, .out_channels = 70, .kernel = 1, .pad = {}}, bf16, 1, 128);
    check_statistics({.x = {1, 12, 13, 16}, .out_channels = 70, .kernel = 1, .pad = {}}, bf16, 1, 64);
    check_statistics({.x = {1, 3, 5, 24}, .out_channels = 40}, bf16, 1, 16);
    check_statistics({.x = {1, 5, 5, 24}, .out_channels = 42}, bf16, 1, 32);
    check_statistics({.x = {1, 15, 15, 32}, .out_channels = 72}, bf16, 4, 16);
    check_statistics({.x = {1, 7, 31, 32}, .out_channels = 40}, picture_out, 4, 16);
    check_statistics({.x = {1, 9, 10, 24}, .out_channels = 13}, picture_out, 1, 64);
    check_statistics({.x = {1, 15, 19, 3}, .out_channels = 40, .time = true, .residual = true}, picture_in, 1, 128);
    check_statistics({.x = {1, 3, 5, 1}, .out_channels = 77}, picture_in, 1, 128);
    check_statistics({.x = {1, 9, 15, 4}, .out_channels = 8}, bf16, 1, 128);
}

TEST(CudaConv2d, refuses_what_its_kernels_cannot_do) {
    Bench bench;
    const Conv2d op = make(bench, {.x = {1, 4, 4, 16}, .out_channels = 16, .channels2 = 8, .residual = true});
    const auto refusal = [&](std::vector<CudaType> types, int64_t side) -> std::string {
        Shapes shapes = bench.shapes(1);
        for (Shape& shape : shapes.all) shape.h = shape.w = side;
        shapes.all.push_back(output_shape(op, shapes));
        const Weights source = bench.weights();
        CudaWeights weights(source);
        try {
            lower(op, {int32_t(shapes.all.size()) - 1}, shapes, CudaTypes{std::move(types)}, weights, {});
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), Code::unsupported);
            return error.what();
        }
        return "";
    };
    constexpr CudaType half = CudaType::bf16, whole = CudaType::f32;
    EXPECT_EQ(refusal({half, half, half, half}, 4), "");
    EXPECT_EQ(refusal({half, whole, half, half}, 4), "conv2d: its sources are bfloat16 and float32");
    EXPECT_EQ(refusal({half, half, whole, half}, 4), "conv2d: time and residual must be bfloat16 beside x of bfloat16 and an output of bfloat16, not float32");
    EXPECT_EQ(refusal({half, half, half, CudaType::i32}, 4), "conv2d: x is bfloat16, the output int32");
    EXPECT_EQ(refusal({half, half, half, half}, 1 << 14),
              "conv2d: an image of x [1, 16384, 16384, 16] or y [1, 16384, 16384, 16], or the 216 products of a sum, are more than 2^31");
}

}  // namespace lgv::testing
