// The forward process (Ho et al. 2020, eq. 4) with numbers of each image's own, and what the network is to say of it:
//
//     x_t = s * (a*x0 + b*z)      target = u*x0 + v*z      x0 = byte / 127.5 - 1, rounded once, or the float itself; z = the caller's, or
//     z = philox_normals(seed, draw 0, Purpose::train_noise)
//
// eps: u = 0, v = 1; x0: u = 1, v = 0; v: u = -b, v = a (Salimans & Ho 2022). With `flip` x0 is mirrored left to right before it meets the noise.
// images, noise: [C, H, W]   x_t, target: [N, H, W, C]
// A coefficient of exactly 0 (s too) means that its operand is not read; a sum without operands is 0. Sums are fma(a, x0, b*z), fma(u, x0, v*z): both
// forms give the same bits, which depend on nothing but the image. Bound by the normals, 2 ns each.
#pragma once

#include <cstdint>
#include <span>

#include "base/shape.h"
#include "device/cpu/team.h"

namespace lgv {

struct NoisedImage {
    const void* pixels = nullptr;  // [C, H, W]: bytes, or floats
    bool bytes = false;
    bool flip = false;
    const float* noise = nullptr;  // or nullptr: made of the seed
    uint64_t seed = 0;
    float a = 1, b = 0, s = 1, u = 0, v = 1;
};

// `image`: the shape of one (n is ignored). Image i goes to row i of net_x and target. `target` may be nullptr: nobody asks, and u and v are not read.
void noise_images_reference(std::span<const NoisedImage> images, const Shape& image, float* net_x, float* target);
void noise_images(ThreadTeam& team, std::span<const NoisedImage> images, const Shape& image, float* net_x, float* target);

}  // namespace lgv
