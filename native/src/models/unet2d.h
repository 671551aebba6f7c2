// The U-Net of DDPM (Ho et al. 2020) and of NCSN++ (Song et al. 2021) as diffusers' UNet2DModel builds it:
//
//     conv_in -> down blocks (each: resnets, attention; then half the size) -> mid (resnet, attention, resnet)
//             -> up blocks (each: resnets that also read what the way down left, attention; then twice the size) -> norm, SiLU, conv_out
//
// Skip blocks also pass the picture itself along: filtered and halved, each level adds it to its features (a 1x1 convolution of 3 channels); on the way
// up each level adds to a picture, which is filtered and doubled, and at the end is part of the output.
//
// sample: [N, H, W, in_channels]   timestep: [N, 1, 1, 1] float32, or int32 of a learned time embedding   output: [N, H, W, out_channels]
// class, where the config has one: label [N, 1, 1, 1] int32; timestep, as the timestep; embedding [N, 1, 1, time_embedding_dim]
// In training with dropout also key: [N, 1, 1, 2] uint32, as dropout.h has it.
#pragma once

#include "graph/op_list.h"
#include "models/unet2d_config.h"

namespace lgv {

enum class Mode { inference, training };

// The forward pass as ops. Inputs: sample, timestep and, where the config has one, class; then, in training, the key where the config has dropout.
OpList unet2d(const UNet2DConfig& config, int64_t rows, int64_t height, int64_t width, Mode mode = Mode::inference);

}  // namespace lgv
