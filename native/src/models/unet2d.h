// The U-Net of DDPM (Ho et al. 2020) as diffusers' UNet2DModel builds it:
//
//     conv_in -> down blocks (each: resnets, attention; then half the size) -> mid (resnet, attention, resnet)
//             -> up blocks (each: resnets that also read what the way down left, attention; then twice the size) -> norm, SiLU, conv_out
//
// sample: [N, H, W, in_channels]   timestep: [N, 1, 1, 1]   label: [N, 1, 1, 1] int32   output: [N, H, W, out_channels]
#pragma once

#include "graph/op_list.h"
#include "models/unet2d_config.h"

namespace lgv {

// The forward pass as ops. Inputs: sample, timestep and, where the config has a class table, label.
OpList unet2d(const UNet2DConfig& config, int64_t rows, int64_t height, int64_t width);

}  // namespace lgv
