#include "models/unet2d.h"

#include <string>
#include <vector>

#include "base/error.h"
#include "models/blocks.h"

namespace lgv {

namespace {

std::string at(const char* room, size_t i, const char* layer, size_t j) {
    return std::string(room) + '.' + std::to_string(i) + '.' + layer + '.' + std::to_string(j);
}

// What every block is told besides the image: SiLU of the timestep's embedding plus the class's.
Value embedding(Layers& net, const UNet2DConfig& config, Value timestep, Value label) {
    const int32_t width = config.block_out_channels[0];
    const int32_t dim = 4 * width;
    Value emb = net.list.emit("time_proj", TimestepEmbedding{.t = timestep,
                                                             .channels = width,
                                                             .cosine_first = config.flip_sin_to_cos,
                                                             .freq_shift = config.freq_shift});
    emb = net.linear("time_embedding.linear_1", {.x = emb, .out_channels = dim, .act = Activation::silu});
    Value of_class;
    if (label) {
        const Parameter table = net.list.parameter("class_embedding.weight", {config.num_class_embeds, dim});
        of_class = net.list.emit("class_embedding", LabelEmbedding{.label = label, .table = table, .rows = config.num_class_embeds, .channels = dim});
    }
    return net.linear("time_embedding.linear_2", {.x = emb, .out_channels = dim, .residual = of_class, .act = Activation::silu});
}

}  // namespace

OpList unet2d(const UNet2DConfig& config, int64_t rows, int64_t height, int64_t width) {
    const auto& channels = config.block_out_channels;
    const size_t levels = channels.size();
    OpList list;
    Layers net{list, {.norm_groups = config.norm_num_groups, .norm_eps = config.norm_eps}};
    const auto head_dim = [&](int32_t block) { return config.attention_head_dim > 0 ? config.attention_head_dim : block; };

    const Value sample = list.input({rows, height, width, config.in_channels});
    const Value timestep = list.input({rows, 1, 1, 1});
    const Value label = config.num_class_embeds > 0 ? list.input({rows, 1, 1, 1}) : Value{};
    const Value emb = embedding(net, config, timestep, label);

    Value h = net.conv("conv_in", {.x = sample, .out_channels = channels[0]});
    std::vector<Value> skips{h};

    for (size_t i = 0; i < levels; ++i) {
        for (size_t j = 0; j < size_t(config.layers_per_block); ++j) {
            h = resnet_block(net, at("down_blocks", i, "resnets", j), h, {}, emb, channels[i]);
            if (config.down_attention[i]) h = attention_block(net, at("down_blocks", i, "attentions", j), h, head_dim(channels[i]));
            skips.push_back(h);
        }
        if (i + 1 < levels) {
            h = downsample_conv(net, at("down_blocks", i, "downsamplers", 0), h, config.downsample_padding);
            skips.push_back(h);
        }
    }

    if (config.mid_block) {
        h = resnet_block(net, "mid_block.resnets.0", h, {}, emb, channels.back());
        if (config.add_attention) h = attention_block(net, "mid_block.attentions.0", h, head_dim(channels.back()));
        h = resnet_block(net, "mid_block.resnets.1", h, {}, emb, channels.back());
    }

    for (size_t i = 0; i < levels; ++i) {
        const int32_t out = channels[levels - 1 - i];
        for (size_t j = 0; j < size_t(config.layers_per_block) + 1; ++j) {
            const Value skip = skips.back();
            skips.pop_back();
            h = resnet_block(net, at("up_blocks", i, "resnets", j), h, skip, emb, out);
            if (config.up_attention[i]) h = attention_block(net, at("up_blocks", i, "attentions", j), h, head_dim(out));
        }
        if (i + 1 < levels) h = upsample_conv(net, at("up_blocks", i, "upsamplers", 0), h);
    }

    h = net.norm("conv_norm_out", Activation::silu, h);
    list.output = net.conv("conv_out", {.x = h, .out_channels = config.out_channels});
    return list;
}

}  // namespace lgv
