// config.json of a UNet2DModel, checked: what the forward pass needs to know, with diffusers' defaults for what is not said.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lgv {

struct UNet2DConfig {
    int32_t height = 0, width = 0;  // sample_size; 0: not said
    int32_t in_channels = 3, out_channels = 3;
    std::vector<int32_t> block_out_channels{224, 448, 672, 896};
    std::vector<bool> down_attention;  // of each level: DownBlock2D or AttnDownBlock2D
    std::vector<bool> up_attention;
    bool mid_block = true;
    bool add_attention = true;  // in the mid block
    int32_t layers_per_block = 2;
    int32_t downsample_padding = 1;
    int32_t attention_head_dim = 8;  // 0: one head as wide as the block
    int32_t norm_num_groups = 32;
    float norm_eps = 1e-5f;
    bool flip_sin_to_cos = true;
    float freq_shift = 0;
    int32_t num_class_embeds = 0;  // rows of the class table; 0: none
    int32_t none_label = -1;       // langevin_none_label, a key of our own: the row that means "no class"; -1: none

    // Code::model for what contradicts itself, Code::unsupported for what this version does not build; both name the key and its value.
    // `file` names the text in messages.
    static UNet2DConfig parse(const std::string& json, const std::string& file);
};

}  // namespace lgv
