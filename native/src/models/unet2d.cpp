#include "models/unet2d.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/error.h"
#include "models/blocks.h"

namespace lgv {

namespace {

constexpr int32_t picture_channels = 3;  // of the picture that Skip blocks pass along, whatever in_channels and out_channels are
constexpr int32_t skip_attention_groups = 32;
const float half_root = float(1 / std::sqrt(2.0));  // Skip blocks divide every sum by sqrt(2)

std::string at(const char* room, size_t i) { return std::string(room) + '.' + std::to_string(i); }
std::string at(const std::string& block, const char* layer, size_t j) { return block + '.' + layer + '.' + std::to_string(j); }

// The forward pass, one method a part of the figure.
class UNet2D {
public:
    UNet2D(const UNet2DConfig& config, OpList& list, Mode mode)
        : config_(config),
          net_{list, {.norm_eps = config.norm_eps, .act = config.act, .scale_shift = config.scale_shift, .dropout = mode == Mode::training ? config.dropout : 0}} {}

    void emit(int64_t rows, int64_t height, int64_t width);

private:
    void embed(int64_t rows);
    Value embed_time(const std::string& name, Value t);
    void down(size_t level);
    void middle();
    void up(size_t i);
    void add_picture(const std::string& block);
    void draw_picture(const std::string& block, bool is_last);
    void resample_down(const std::string& block, BlockKind kind, size_t level);
    void resample_up(const std::string& block, BlockKind kind);
    Value attend(const std::string& name, BlockKind kind, Value x);

    // Skip blocks choose their groups by the channels.
    static Groups quarter(int32_t channels) { return {std::min(channels / 4, 32), "of Skip blocks, a quarter of block_out_channels, at most 32"}; }
    Groups groups() const {
        return {config_.norm_num_groups, config_.norm_num_groups > 0 ? "norm_num_groups" : "norm_num_groups is null: only Skip blocks choose their own number"};
    }
    Groups groups_or_quarter(int32_t channels) const {
        return config_.norm_num_groups > 0 ? groups() : Groups{std::min(channels / 4, 32), "norm_num_groups null: a quarter of block_out_channels, at most 32"};
    }

    const UNet2DConfig& config_;
    Layers net_;
    Parameter time_table_;  // of fourier and learned embeddings, which a class timestep shares
    Value timestep_, emb_;
    Value h_;
    std::vector<Value> skips_;
    Value picture_;  // of Skip blocks: on the way down the sample; on the way up what has been drawn so far, none at first
};

// Sines of the timestep, or a row of a table.
Value UNet2D::embed_time(const std::string& name, Value t) {
    const int32_t width = config_.block_out_channels[0];
    switch (config_.time_embedding) {
        case TimeEmbedding::positional:
            return net_.list.emit(
                name, TimestepEmbedding{.t = t, .channels = width, .cosine_first = config_.flip_sin_to_cos, .freq_shift = config_.freq_shift});
        case TimeEmbedding::fourier:
            if (!time_table_) time_table_ = net_.list.parameter("time_proj.weight", {width});
            return net_.list.emit(name, FourierEmbedding{.t = t, .frequencies = time_table_, .channels = width});
        case TimeEmbedding::learned:
            if (!time_table_) time_table_ = net_.list.parameter("time_proj.weight", {config_.num_train_timesteps, width});
            return net_.list.emit(name, LabelEmbedding{.label = t, .table = time_table_, .rows = config_.num_train_timesteps, .channels = width});
    }
    fail(Code::fault, "unknown time embedding");
}

// What every block is told besides the image: the activation of the timestep's embedding plus the class's.
void UNet2D::embed(int64_t rows) {
    const int32_t dim = config_.time_embedding_dim;
    timestep_ = net_.list.input({rows, 1, 1, 1});
    Value of_class;
    switch (config_.class_embedding) {
        case ClassEmbedding::none: break;
        case ClassEmbedding::table: {
            const Value label = net_.list.input({rows, 1, 1, 1});
            const Parameter table = net_.list.parameter("class_embedding.weight", {config_.num_class_embeds, dim});
            of_class = net_.list.emit("class_embedding", LabelEmbedding{.label = label, .table = table, .rows = config_.num_class_embeds, .channels = dim});
            break;
        }
        case ClassEmbedding::timestep: {
            const Value sines = embed_time("class_proj", net_.list.input({rows, 1, 1, 1}));
            const Value hidden = net_.linear("class_embedding.linear_1", {.x = sines, .out_channels = dim, .act = Activation::silu});
            of_class = net_.linear("class_embedding.linear_2", {.x = hidden, .out_channels = dim});
            break;
        }
        case ClassEmbedding::identity: of_class = net_.list.input({rows, 1, 1, dim}); break;
    }
    const Value sines = embed_time("time_proj", timestep_);
    const Value hidden = net_.linear("time_embedding.linear_1", {.x = sines, .out_channels = dim, .act = Activation::silu});
    emb_ = net_.linear("time_embedding.linear_2", {.x = hidden, .out_channels = dim, .residual = of_class, .act = config_.act});
}

Value UNet2D::attend(const std::string& name, BlockKind kind, Value x) {
    if (kind == BlockKind::attention) return attention_block(net_, name, {.head_dim = config_.attention_head_dim, .groups = groups()}, x);
    return attention_block(
        net_, name, {.head_dim = config_.attention_head_dim, .groups = Groups{skip_attention_groups, "of AttnSkip blocks: see block_out_channels"}, .scale = half_root},
        x);
}

void UNet2D::down(size_t level) {
    const std::string block = at("down_blocks", level);
    const BlockKind kind = config_.down_blocks[level];
    const int32_t out = config_.block_out_channels[level];
    for (size_t j = 0; j < size_t(config_.layers_per_block); ++j) {
        ResnetBlock resnet{.out_channels = out, .groups = groups(), .groups_out = groups(), .resample = {}};
        if (is_skip(kind)) resnet = {.out_channels = out, .groups = quarter(net_.channels(h_)), .groups_out = quarter(out), .scale = half_root, .resample = {}};
        h_ = resnet_block(net_, at(block, "resnets", j), resnet, h_, {}, emb_);
        if (kind == BlockKind::attention || kind == BlockKind::attention_skip) h_ = attend(at(block, "attentions", j), kind, h_);
        skips_.push_back(h_);
    }
    if (level + 1 == config_.block_out_channels.size()) return;
    resample_down(block, kind, level);
    skips_.push_back(h_);
}

void UNet2D::resample_down(const std::string& block, BlockKind kind, size_t level) {
    const int32_t out = config_.block_out_channels[level];
    const std::string name = at(block, "downsamplers", 0);
    if (is_skip(kind)) {
        const ResnetBlock resnet{.out_channels = out, .groups = quarter(out), .groups_out = quarter(out), .scale = half_root,
                                 .resample = ResampleKind::fir_down, .shortcut_conv = true};
        h_ = resnet_block(net_, block + ".resnet_down", resnet, h_, {}, emb_);
        add_picture(block);
    } else if (kind == BlockKind::resnet || (kind == BlockKind::attention && config_.resnet_downsample)) {
        h_ = resnet_block(net_, name, {.out_channels = out, .groups = groups(), .groups_out = groups(), .resample = ResampleKind::average}, h_, {}, emb_);
    } else {
        h_ = downsample_conv(net_, name, h_, config_.downsample_padding);
    }
}

// The sample, filtered and halved once more, and what a 1x1 convolution makes of it.
void UNet2D::add_picture(const std::string& block) {
    expect(config_.in_channels == picture_channels, Code::model, block, ": in_channels is ", config_.in_channels, ", and Skip blocks in down_block_types pass on a "
           "picture of 3 channels");
    picture_ = net_.resample(block + ".downsamplers.0", ResampleKind::fir_down, picture_);
    const Shape &picture = net_.shape(picture_), &here = net_.shape(h_);
    expect(picture.h == here.h && picture.w == here.w, Code::model, block, ": its picture has ", picture.h, "x", picture.w, " pixels, its features ", here.h, "x",
           here.w, ": in down_block_types a block that halves without Skip stands before it");
    h_ = net_.conv(block + ".skip_conv", {.x = picture_, .residual = h_, .out_channels = net_.channels(h_), .kernel = 1, .pad = {}});
}

void UNet2D::middle() {
    const int32_t out = config_.block_out_channels.back();
    const Groups all = groups_or_quarter(out);
    const auto scale = float(1 / config_.mid_block_scale_factor);
    const ResnetBlock resnet{.out_channels = out, .groups = all, .groups_out = all, .scale = scale, .resample = {}};
    h_ = resnet_block(net_, "mid_block.resnets.0", resnet, h_, {}, emb_);
    if (config_.add_attention) {
        AttentionBlock attention{.head_dim = config_.attention_head_dim, .groups = {}, .scale = scale};
        if (!config_.scale_shift) attention.groups = all;
        if (config_.attn_norm_num_groups > 0) attention.groups = Groups{config_.attn_norm_num_groups, "attn_norm_num_groups"};
        h_ = attention_block(net_, "mid_block.attentions.0", attention, h_);
    }
    h_ = resnet_block(net_, "mid_block.resnets.1", resnet, h_, {}, emb_);
}

void UNet2D::up(size_t i) {
    const std::string block = at("up_blocks", i);
    const BlockKind kind = config_.up_blocks[i];
    const size_t levels = config_.block_out_channels.size();
    const int32_t out = config_.block_out_channels[levels - 1 - i];
    for (size_t j = 0; j < size_t(config_.layers_per_block) + 1; ++j) {
        const Value skip = skips_.back();
        skips_.pop_back();
        ResnetBlock resnet{.out_channels = out, .groups = groups(), .groups_out = groups(), .resample = {}};
        const int32_t here = net_.channels(h_), left = net_.channels(skip);
        if (is_skip(kind)) resnet = {.out_channels = out, .groups = quarter(here + left), .groups_out = quarter(out), .scale = half_root, .resample = {}};
        // diffusers' AttnSkipUpBlock2D divides the second number alone.
        if (kind == BlockKind::attention_skip) resnet.groups.count = std::min(here + left / 4, 32);
        h_ = resnet_block(net_, at(block, "resnets", j), resnet, h_, skip, emb_);
        if (kind == BlockKind::attention) h_ = attend(at(block, "attentions", j), kind, h_);
    }
    if (kind == BlockKind::attention_skip) h_ = attend(at(block, "attentions", 0), kind, h_);
    const bool is_last = i + 1 == levels;
    if (is_skip(kind)) draw_picture(block, is_last);
    if (!is_last) resample_up(block, kind);
}

void UNet2D::resample_up(const std::string& block, BlockKind kind) {
    const int32_t out = net_.channels(h_);
    const std::string name = at(block, "upsamplers", 0);
    if (is_skip(kind)) {
        const ResnetBlock resnet{.out_channels = out, .groups = quarter(out), .groups_out = quarter(out), .scale = half_root,
                                 .resample = ResampleKind::fir_up, .shortcut_conv = true};
        h_ = resnet_block(net_, block + ".resnet_up", resnet, h_, {}, emb_);
    } else if (kind == BlockKind::resnet || (kind == BlockKind::attention && config_.resnet_upsample)) {
        h_ = resnet_block(net_, name, {.out_channels = out, .groups = groups(), .groups_out = groups(), .resample = ResampleKind::nearest}, h_, {}, emb_);
    } else {
        h_ = upsample_conv(net_, name, h_);
    }
}

// The picture so far, filtered and doubled, and what this level adds to it; the last block adds nothing.
void UNet2D::draw_picture(const std::string& block, bool is_last) {
    if (picture_) picture_ = net_.resample(block + ".upsampler", ResampleKind::fir_up, picture_);
    if (is_last) return;
    if (picture_) {
        const Shape &picture = net_.shape(picture_), &here = net_.shape(h_);
        expect(picture.h == here.h && picture.w == here.w, Code::model, block, ": the picture has ", picture.h, "x", picture.w, " pixels, the features ", here.h,
               "x", here.w, ": in up_block_types a block that doubles without Skip stands between Skip blocks");
    }
    const Value s = net_.norm(block + ".skip_norm", quarter(net_.channels(h_)), {.x = h_, .act = Activation::silu});
    picture_ = net_.conv(block + ".skip_conv", {.x = s, .residual = picture_, .out_channels = picture_channels});
}

void UNet2D::emit(int64_t rows, int64_t height, int64_t width) {
    const size_t levels = config_.block_out_channels.size();
    Value sample = net_.list.input({rows, height, width, config_.in_channels});
    embed(rows);
    if (net_.settings.dropout > 0) net_.dropout_key = net_.list.input({rows, 1, 1, 2});
    if (config_.center_input_sample) sample = net_.list.emit("center_input_sample", Affine{.x = sample, .scale = 2, .shift = -1});

    h_ = net_.conv("conv_in", {.x = sample, .out_channels = config_.block_out_channels[0]});
    skips_ = {h_};
    picture_ = sample;
    for (size_t level = 0; level < levels; ++level) down(level);
    if (config_.mid_block) middle();
    picture_ = {};
    for (size_t i = 0; i < levels; ++i) up(i);

    if (picture_) {
        const Shape& picture = net_.shape(picture_);
        expect(picture.h == height && picture.w == width, Code::model, "up_block_types: the picture that Skip blocks draw ends with ", picture.h, "x", picture.w,
               " pixels of ", height, "x", width, ": a block that doubles without Skip stands behind them");
        expect(config_.out_channels == picture_channels, Code::model, "out_channels is ", config_.out_channels,
               ", and Skip blocks in up_block_types draw a picture of 3 channels");
    }
    h_ = net_.norm("conv_norm_out", groups_or_quarter(config_.block_out_channels[0]), {.x = h_, .act = Activation::silu});
    h_ = net_.conv("conv_out", {.x = h_, .residual = picture_, .out_channels = config_.out_channels});
    if (config_.time_embedding == TimeEmbedding::fourier) h_ = net_.list.emit("divide_by_timestep", Affine{.x = h_, .divisor = timestep_});
    net_.list.output = h_;
}

}  // namespace

OpList unet2d(const UNet2DConfig& config, int64_t rows, int64_t height, int64_t width, Mode mode) {
    OpList list;
    UNet2D(config, list, mode).emit(rows, height, width);
    return list;
}

}  // namespace lgv
