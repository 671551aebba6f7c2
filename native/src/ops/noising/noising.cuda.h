// Noising on the GPU: noising.h, the same bits (x_t rounded to bfloat16 where the network takes that).
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/shape.h"
#include "ops/cuda.h"
#include "ops/noising/noising.h"

namespace lgv {

// Image i goes to row i of net_x and target, for the first `count` of `images`: an array that the GPU can read (pinned and mapped, or device memory), whose pointers
// are to device memory too. A replayed graph may rewrite it between launches, as it may the images. `image`: the shape of one (n is ignored).
// net_x: [N, H, W, C] of `type`   target: [N, H, W, C] float32, or nullptr: u and v are not read
void noise_images(Stream stream, const NoisedImage* images, int64_t count, const Shape& image, CudaType type, std::byte* net_x, float* target);

}  // namespace lgv
