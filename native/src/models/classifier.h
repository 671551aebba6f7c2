// A classifier of pictures, made of what the U-Net's way down is made of, without a timestep:
//
//     conv_in -> levels (each: residual blocks; then a convolution that halves) -> norm, act -> mean over pixels -> linear, act: the features
//             -> linear: a logit for each class
//
// A network of our own: no other library reads it. Its features are few, so that statistics of them are good with some thousand pictures.
//
// picture: [N, H, W, in_channels]   features: [N, 1, 1, features]   output: logits [N, 1, 1, num_classes]
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graph/op_list.h"

namespace lgv {

// config.json, checked. Where a picture's size is said (sample_size), the network takes no other: it would say something of pictures that it never saw the like of.
struct ClassifierConfig {
    int32_t height = 0, width = 0;  // 0: any
    int32_t in_channels = 0;
    std::vector<int32_t> block_out_channels;  // of each level
    int32_t layers_per_block = 0;             // residual blocks of a level
    int32_t norm_num_groups = 0;
    Activation act = Activation::silu;
    int32_t features = 0;
    int32_t num_classes = 0;

    // Errors as those of UNet2DConfig::parse.
    static ClassifierConfig parse(const std::string& json, const std::string& file);
};

// The forward pass as ops; it keeps the features (OpList::kept) besides the logits. Input: the picture.
OpList classifier(const ClassifierConfig& config, int64_t rows, int64_t height, int64_t width);

}  // namespace lgv
