// The blocks that U-Nets are made of (Ho et al. 2020, appendix B), with the names that diffusers gives their tensors.
#pragma once

#include <string>

#include "models/layers.h"

namespace lgv {

// x and, where it is there, skip (side by side: nothing is concatenated) -> `out` channels.
// `emb`: [N, 1, 1, E], the embedding of timestep and class, its SiLU already taken: every block takes the same.
Value resnet_block(Layers& net, const std::string& name, Value x, Value skip, Value emb, int32_t out);

// Self-attention over the pixels, heads of `head_dim` channels (as many as fit into the block's), and the residual.
Value attention_block(Layers& net, const std::string& name, Value x, int32_t head_dim);

// Half the height and width. Padding 0 means one row and column of zeros at the bottom and the right.
Value downsample_conv(Layers& net, const std::string& name, Value x, int32_t padding);

// Twice the height and width by nearest neighbour, then a convolution.
Value upsample_conv(Layers& net, const std::string& name, Value x);

}  // namespace lgv
