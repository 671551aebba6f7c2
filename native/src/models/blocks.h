// The blocks that U-Nets are made of (Ho et al. 2020, appendix B; Song et al. 2021), with the names that diffusers gives their tensors.
#pragma once

#include <optional>
#include <string>

#include "models/layers.h"

namespace lgv {

struct ResnetBlock {
    int32_t out_channels = 0;
    Groups groups, groups_out;             // of the first and of the second norm
    float scale = 1;                       // of the sum of both branches
    std::optional<ResampleKind> resample;  // of both branches, after the first norm
    bool shortcut_conv = false;            // even where the number of channels stays
};

// x and, where it is there, skip (side by side: nothing is concatenated) -> out_channels.
// `emb`: [N, 1, 1, E], the embedding of timestep and class, its activation already taken: every block takes the same. none: the network has none.
Value resnet_block(Layers& net, const std::string& name, const ResnetBlock& how, Value x, Value skip, Value emb);

struct AttentionBlock {
    int32_t head_dim = 0;          // 0: one head
    std::optional<Groups> groups;  // none: the pixels are taken as they are
    float scale = 1;               // of the sum with the residual
};

// Self-attention over the pixels, heads of head_dim channels (as many as fit into the block's), and the residual.
Value attention_block(Layers& net, const std::string& name, const AttentionBlock& how, Value x);

// Half the height and width. Padding 0 means one row and column of zeros at the bottom and the right.
Value downsample_conv(Layers& net, const std::string& name, Value x, int32_t padding);

// Twice the height and width by nearest neighbour, then a convolution.
Value upsample_conv(Layers& net, const std::string& name, Value x);

}  // namespace lgv
