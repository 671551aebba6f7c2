// The forward convolution on the GPU: which kernel computes it, on which form of its weights, and the launches. The kernels are in conv_forward_*.cu.
#include "ops/conv/conv.cuda.h"

#include <algorithm>
#include <cstring>

#include "base/bf16.h"
#include "base/error.h"
#include "ops/conv/conv_forward.cuda.h"
#include "ops/cuda_weights.h"

namespace lgv {

namespace {

int64_t up_to_whole(int64_t n, int64_t of) { return (n + of - 1) / of * of; }

// The weights in the file's order, [K][C + C2][R][R], and where their channels come from.
struct WeightSizes {
    int64_t k, c1, c2, kernel;
    int64_t taps() const { return kernel * kernel; }
    int64_t at(int64_t out, int64_t channel, int64_t tap) const { return (out * (c1 + c2) + channel) * taps() + tap; }
};

WeightSizes sizes_of(const CudaConv2d& conv) { return {conv.op.out_channels, conv.x.c, conv.c2, conv.op.kernel}; }

// Calls use(channel of [x, x2] or -1 in the padding, tap, place in the sum) in the order of the sums of `tiles`: [source][r][s][channels, in whole packs].
template <class Use>
void for_each_product(const WeightSizes& sizes, const Use& use) {
    int64_t place = 0;
    for (const auto& [first, channels] : {std::pair(int64_t{0}, sizes.c1), std::pair(sizes.c1, sizes.c2)})
        for (int64_t tap = 0; tap < sizes.taps(); ++tap)
            for (int64_t c = 0; c < up_to_whole(channels, conv_pack); ++c) use(c < channels ? first + c : int64_t{-1}, tap, place++);
}

int64_t steps_of(const WeightSizes& sizes) {
    return up_to_whole(sizes.taps() * (up_to_whole(sizes.c1, conv_pack) + up_to_whole(sizes.c2, conv_pack)), conv_step) / conv_step;
}

void pack_tiles(const WeightSizes& sizes, std::span<const float> values, std::byte* out) {
    bf16* const to = reinterpret_cast<bf16*>(out);
    for_each_product(sizes, [&](int64_t channel, int64_t tap, int64_t place) {
        if (channel < 0) return;
        bf16* const step = to + place / conv_step * sizes.k * conv_step + place % conv_step;
        for (int64_t k = 0; k < sizes.k; ++k) step[k * conv_step] = to_bf16(values[size_t(sizes.at(k, channel, tap))]);
    });
}

// A lane multiplies products (lane % 4) * 2, + 1, + 8, + 9 of 16 by output channel lane / 4; two 16s make a slab.
void pack_few_outputs(const WeightSizes& sizes, std::span<const float> values, std::byte* out) {
    bf16* to = reinterpret_cast<bf16*>(out);
    for (const auto& [first, channels] : {std::pair(int64_t{0}, sizes.c1), std::pair(sizes.c1, sizes.c2)})
        for (int64_t slab = 0; slab < channels; slab += conv_step)
            for (int64_t tap = 0; tap < sizes.taps(); ++tap)
                for (int64_t lane = 0; lane < 32; ++lane)
                    for (int64_t i = 0; i < 8; ++i, ++to) {
                        const int64_t c = slab + i / 4 * 16 + i / 2 % 2 * 8 + lane % 4 * 2 + i % 2, k = lane / 4;
                        if (c < channels && k < sizes.k) *to = to_bf16(values[size_t(sizes.at(k, first + c, tap))]);
                    }
}

int64_t few_outputs_bytes(const WeightSizes& sizes) {
    return (up_to_whole(sizes.c1, conv_step) + up_to_whole(sizes.c2, conv_step)) * sizes.taps() * few_outputs_columns * 2;
}

void pack_few_inputs(const WeightSizes& sizes, std::span<const float> values, std::byte* out) {
    float* const to = reinterpret_cast<float*>(out);
    const int64_t channels = sizes.c1 + sizes.c2, terms = sizes.taps() * channels;
    for (int64_t k = 0; k < sizes.k; ++k)
        for (int64_t tap = 0; tap < sizes.taps(); ++tap)
            for (int64_t c = 0; c < channels; ++c) {
                const int64_t tile = k / few_inputs_columns, group = k % few_inputs_columns / 8, j = k % 8;
                to[(tile * terms + tap * channels + c) * few_inputs_columns + j / 4 * (few_inputs_columns / 2) + group * 4 + j % 4] =
                    to_float(to_bf16(values[size_t(sizes.at(k, c, tap))]));
            }
}

void pack_elements(const WeightSizes& sizes, std::span<const float> values, std::byte* out) {
    float* const to = reinterpret_cast<float*>(out);
    for (int64_t tap = 0; tap < sizes.taps(); ++tap)
        for (int64_t c = 0; c < sizes.c1 + sizes.c2; ++c)
            for (int64_t k = 0; k < sizes.k; ++k) to[(tap * (sizes.c1 + sizes.c2) + c) * sizes.k + k] = values[size_t(sizes.at(k, c, tap))];
}

// The larger tile moves less through shared memory and L2 for a product; it is taken where it is filled: rows and columns that are not there are paid for, too.
bool is_filled(int64_t n) { return 10 * up_to_whole(n, 128) <= 11 * up_to_whole(n, 64); }

bool suits_patches(const CudaConv2d& conv, const WeightSizes& sizes, const CudaTarget& target) {
    const int64_t padded = up_to_whole(conv.y.h, few_outputs_height) * up_to_whole(conv.y.w, few_outputs_width);
    return conv.op.stride == 1 && conv.op.kernel >= 2 && conv.from == CudaType::bf16 && sizes.c1 % conv_step == 0 && sizes.c2 % conv_step == 0 && sizes.k > 32 &&
           4 * padded <= 5 * conv.y.h * conv.y.w && conv_patches_shared(conv.op.kernel, conv.op.upsample, is_filled(sizes.k) ? 128 : 64) <= target.shared_bytes;
}

CudaConvForm form_of(const CudaConv2d& conv, const WeightSizes& sizes, const CudaTarget& target) {
    if (conv.inside == CudaType::f32) return CudaConvForm::elements;
    const int64_t channels = sizes.c1 + sizes.c2;
    if (channels <= few_inputs_channels && sizes.taps() * channels <= few_inputs_terms) return CudaConvForm::few_inputs;
    const ConvPatch patch = patch_of(conv.op.kernel, conv.op.stride, conv.op.upsample);
    const bool in_packs = sizes.c1 % conv_pack == 0 && sizes.c2 % conv_pack == 0 && conv.from == CudaType::bf16;
    if (in_packs && sizes.k <= few_outputs_columns && 2 * patch.bytes() <= target.shared_bytes) return CudaConvForm::few_outputs;
    return suits_patches(conv, sizes, target) ? CudaConvForm::patches : CudaConvForm::tiles;
}

CudaConvTile tile_of(int64_t pixels, int64_t k) {
    if (pixels <= 64 || (k > 32 && !is_filled(pixels))) return {64, 64};
    return {128, k <= 32 ? 32 : is_filled(k) ? 128 : 64};
}

// Images of a few pixels have no rows for all multiprocessors: several blocks then share a sum, of 16 steps or more each. Each costs a float32 written and read.
int32_t splits_of(int64_t pixels, int64_t steps) { return int32_t(std::clamp<int64_t>(128 / pixels, 1, std::clamp<int64_t>(steps / 16, 1, 8))); }

}  // namespace

CudaConv2d plan(const Conv2d& op, Value out, const Shapes& shapes, const CudaTypes& types, const CudaTarget& target) {
    CudaConv2d conv{.op = op, .out = out, .from = types[op.x], .to = types[out], .x = shapes[op.x], .y = output_shape(op, shapes),
                    .c2 = op.x2 ? int32_t(shapes[op.x2].c) : 0};
    const auto is_float = [&](Value value) { return !value || types[value] == CudaType::f32; };
    conv.inside = conv.to == CudaType::f32 && is_float(op.x) && is_float(op.x2) && is_float(op.time) && is_float(op.residual) ? CudaType::f32 : CudaType::bf16;
    expect(conv.from != CudaType::i32 && conv.to != CudaType::i32, Code::unsupported, "conv2d: x is ", name_of(conv.from), ", the output ", name_of(conv.to));
    expect(!op.x2 || types[op.x2] == conv.from, Code::unsupported, "conv2d: its sources are ", name_of(conv.from), " and ", op.x2 ? name_of(types[op.x2]) : "");
    for (const Value added : {op.time, op.residual})
        expect(!added || types[added] == conv.inside, Code::unsupported, "conv2d: time and residual must be ", name_of(conv.inside), " beside x of ",
               name_of(conv.from), " and an output of ", name_of(conv.to), ", not ", added ? name_of(types[added]) : "");
    const WeightSizes sizes = sizes_of(conv);
    constexpr int64_t most = int64_t{1} << 31;
    const int64_t terms = sizes.taps() * (up_to_whole(sizes.c1, conv_pack) + up_to_whole(sizes.c2, conv_pack)), pixels = conv.y.h * conv.y.w;
    expect(conv.x.h * conv.x.w * std::max(sizes.c1, sizes.c2) < most && conv.y.per_image() < most && terms < most, Code::unsupported, "conv2d: an image of x ",
           to_text(conv.x), " or y ", to_text(conv.y), ", or the ", terms, " products of a sum, are more than 2^31");
    conv.form = form_of(conv, sizes, target);
    if (conv.form == CudaConvForm::patches) conv.tile = {few_outputs_width * few_outputs_height, is_filled(sizes.k) ? 128 : 64};
    if (conv.form == CudaConvForm::tiles) {
        conv.tile = tile_of(pixels, sizes.k);
        conv.splits = splits_of(pixels, steps_of(sizes));
    }
    return conv;
}

CudaConv2d lower(const Conv2d& op, Value out, const Shapes& shapes, const CudaTypes& types, CudaWeights& weights, const CudaTarget& target) {
    check_parameters(op, shapes, weights.source());
    CudaConv2d conv = plan(op, out, shapes, types, target);
    const WeightSizes sizes = sizes_of(conv);
    if (op.bias) conv.bias = weights.plain(op.bias);
    const std::string split = text(" ", sizes.c1, "+", sizes.c2);
    switch (conv.form) {
        case CudaConvForm::patches:
        case CudaConvForm::tiles:
            conv.weight = weights.packed(op.weight, "conv tiles bfloat16" + split, steps_of(sizes) * sizes.k * conv_step * 2,
                                         [sizes](std::span<const float> values, std::byte* to) { pack_tiles(sizes, values, to); });
            break;
        case CudaConvForm::few_inputs:
            conv.weight = weights.packed(op.weight, "conv few inputs", up_to_whole(sizes.k, few_inputs_columns) * sizes.taps() * (sizes.c1 + sizes.c2) * 4,
                                         [sizes](std::span<const float> values, std::byte* to) { pack_few_inputs(sizes, values, to); });
            break;
        case CudaConvForm::few_outputs:
            conv.weight = weights.packed(op.weight, "conv few outputs bfloat16" + split, few_outputs_bytes(sizes),
                                         [sizes](std::span<const float> values, std::byte* to) { pack_few_outputs(sizes, values, to); });
            break;
        case CudaConvForm::elements:
            conv.weight = weights.packed(op.weight, "conv elements float32", sizes.k * sizes.taps() * (sizes.c1 + sizes.c2) * 4,
                                         [sizes](std::span<const float> values, std::byte* to) { pack_elements(sizes, values, to); });
            break;
    }
    return conv;
}

// A patch is normed once for all taps. Tiles norm an x for each tap again, which costs about what the products of a 3x3 kernel do; their way for channels that
// make no whole packs fetches the factors of every element.
bool suits_norm(const CudaConv2d& conv) {
    const bool in_packs = conv.x.c % conv_pack == 0 && conv.c2 % conv_pack == 0 && conv.from == CudaType::bf16;
    return conv.form == CudaConvForm::patches || conv.form == CudaConvForm::few_outputs || (conv.form == CudaConvForm::tiles && conv.op.kernel == 1 && in_packs);
}

bool gives_statistics(const CudaConv2d& conv) {
    return conv.form == CudaConvForm::patches || conv.form == CudaConvForm::few_inputs || (conv.form == CudaConvForm::tiles && conv.splits == 1);
}

// Tiles of a patch; runs of the pixels of a block; in tiles of 64 pixels, or for fewer pixels of the power of two from 16 that holds them.
PixelTiles statistics_parts(const CudaConv2d& conv) {
    if (conv.form == CudaConvForm::patches) return {int32_t(conv.y.h), int32_t(conv.y.w), conv_patch_part_height, few_outputs_width};
    const int32_t pixels = int32_t(conv.y.h * conv.y.w);
    if (conv.form == CudaConvForm::few_inputs) return {.h = 1, .w = pixels, .tile_h = 1, .tile_w = few_inputs_pixels};
    return {.h = 1, .w = pixels, .tile_h = 1, .tile_w = pixels <= 16 ? 16 : pixels <= 32 ? 32 : 64};
}

Shape statistics_shape(const CudaConv2d& conv) { return {conv.y.n, statistics_parts(conv).count(), conv.y.c, 2}; }

CudaNeeds needs(const CudaConv2d& conv) { return {.workspace_bytes = conv.splits > 1 ? conv.splits * conv.y.elements() * 4 : 0}; }

std::string algorithm(const CudaConv2d& conv) {
    std::string name;
    switch (conv.form) {
        case CudaConvForm::patches: name = text("patches ", conv.tile.rows, "x", conv.tile.columns); break;
        case CudaConvForm::tiles: name = text("tiles ", conv.tile.rows, "x", conv.tile.columns); break;
        case CudaConvForm::few_inputs: name = "few inputs"; break;
        case CudaConvForm::few_outputs: name = "few outputs"; break;
        case CudaConvForm::elements: name = "elements"; break;
    }
    if (conv.splits > 1) name += text(" split ", conv.splits);
    if (conv.norm) name += conv.norm.silu ? ", norm silu" : ", norm";
    return conv.statistics ? name + ", statistics" : name;
}

ConvArguments conv_arguments(const CudaConv2d& conv, int64_t images) {
    const Conv2d& op = conv.op;
    return {
        .x = nullptr,
        .x2 = nullptr,
        .weight = conv.weight,
        .bias = conv.bias,
        .time = nullptr,
        .residual = nullptr,
        .factors = nullptr,
        .y = nullptr,
        .partial = nullptr,
        .statistics = nullptr,
        .images = images,
        .height = int32_t(conv.x.h),
        .width = int32_t(conv.x.w),
        .c1 = int32_t(conv.x.c),
        .c2 = conv.c2,
        .out_width = int32_t(conv.y.w),
        .pixels = int32_t(conv.y.h * conv.y.w),
        .k = op.out_channels,
        .kernel = op.kernel,
        .stride = op.stride,
        .top = op.pad.top,
        .left = op.pad.left,
        .zoom = op.upsample ? 1 : 0,
        .silu = conv.norm.silu,
        .x_is_float = conv.from == CudaType::f32,
        .y_is_float = conv.to == CudaType::f32,
        .part_rows = statistics_parts(conv).tile_w,
        .scale = op.scale,
        .slot_bits = 0,
        .tiles_of_image = 0,
        .column_tiles = 0,
        .steps = int32_t(steps_of(sizes_of(conv))),
        .splits = conv.splits,
    };
}

void run(const CudaConv2d& conv, const CudaLaunch& launch) {
    if (launch.rows == 0) return;
    expect(!conv.statistics || gives_statistics(conv), Code::fault, "conv2d: ", algorithm(conv), ", which this form does not give");
    ConvArguments arguments = conv_arguments(conv, launch.rows);
    arguments.x = launch.at<std::byte>(conv.op.x);
    arguments.x2 = launch.at<std::byte>(conv.op.x2);
    arguments.time = launch.at<std::byte>(conv.op.time);
    arguments.residual = launch.at<std::byte>(conv.op.residual);
    arguments.factors = launch.at<float>(conv.norm.factors);
    arguments.y = launch.at<std::byte>(conv.out);
    arguments.partial = reinterpret_cast<float*>(launch.workspace);
    arguments.statistics = launch.at<float>(conv.statistics);
    switch (conv.form) {
        case CudaConvForm::patches: return run_conv_patches(arguments, conv.tile, launch.stream);
        case CudaConvForm::tiles:
            run_conv_tiles(arguments, conv.tile, launch.stream);
            if (conv.splits > 1) run_conv_merge(arguments, launch.stream);
            return;
        case CudaConvForm::few_inputs: return run_conv_few_inputs(arguments, launch.stream);
        case CudaConvForm::few_outputs: return run_conv_few_outputs(arguments, launch.stream);
        case CudaConvForm::elements: return run_conv_elements(arguments, launch.stream);
    }
}

}  // namespace lgv
