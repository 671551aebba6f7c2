// config.json of a UNet2DModel, checked: what the forward pass needs to know, with diffusers' defaults for what is not said.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ops/op.h"

namespace lgv {

// DownBlock2D, AttnDownBlock2D, ResnetDownsampleBlock2D, SkipDownBlock2D, AttnSkipDownBlock2D, and their twins on the way up.
enum class BlockKind { plain, attention, resnet, skip, attention_skip };

constexpr bool is_skip(BlockKind kind) { return kind == BlockKind::skip || kind == BlockKind::attention_skip; }

enum class TimeEmbedding { positional, fourier, learned };

// What the network is told of a class: nothing, a row of a table, a number embedded as the timestep is, or the embedding itself.
enum class ClassEmbedding { none, table, timestep, identity };

struct UNet2DConfig {
    int32_t height = 0, width = 0;  // sample_size; 0: not said
    int32_t in_channels = 3, out_channels = 3;
    bool center_input_sample = false;

    TimeEmbedding time_embedding = TimeEmbedding::positional;
    int32_t time_embedding_dim = 0;  // as it is meant: never 0 after parse()
    bool flip_sin_to_cos = true;
    float freq_shift = 0;
    int32_t num_train_timesteps = 0;  // rows of the table of a learned time embedding; else 0

    ClassEmbedding class_embedding = ClassEmbedding::none;
    int32_t num_class_embeds = 0;  // rows of the class table; 0: none
    int32_t none_label = -1;       // langevin_none_label, a key of our own: the row that means "no class"; -1: none

    std::vector<int32_t> block_out_channels{224, 448, 672, 896};
    std::vector<BlockKind> down_blocks;  // of each level
    std::vector<BlockKind> up_blocks;
    int32_t layers_per_block = 2;
    int32_t downsample_padding = 1;
    bool resnet_downsample = false;  // downsample_type and upsample_type "resnet": of blocks with attention
    bool resnet_upsample = false;
    bool mid_block = true;
    bool add_attention = true;  // in the mid block
    double mid_block_scale_factor = 1;

    Activation act = Activation::silu;
    int32_t attention_head_dim = 8;    // 0: one head as wide as the block
    int32_t norm_num_groups = 32;      // 0: null
    int32_t attn_norm_num_groups = 0;  // 0: null
    float norm_eps = 1e-5f;
    bool scale_shift = false;  // resnet_time_scale_shift
    float dropout = 0;         // in training: of every resnet block, before its second convolution

    // Code::model for what contradicts itself, Code::unsupported for what no UNet2DModel of diffusers is; both name the key and its value.
    // `file` names the text in messages.
    static UNet2DConfig parse(const std::string& json, const std::string& file);
};

}  // namespace lgv
