// The fused sampling step, and the border between a slot's planes and the network. Not ops of a list: they run on slots, not on values.
//
// A slot's planes are [C, H, W] float32; the network's values are [N, H, W, C].
//     network_input   net_x[n, y, x, c] = s * x[c, y, x]
//     network_output  out[c, y, x] = weight * net[n, y, x, c]  (first), or out + weight * net, fused; weight_variance for the later channels
//     update          lgv_update of langevin.h, in its order of operations
//     write_pictures  pictures[n, y, x, c] = byte of x_n[c, y, x] (picture.h)
// A coefficient of exactly 0 (s and weight too) means that its operand is not read; a sum without operands is 0.
//
// Each number is read and written about once: bound by memory, or by the noise where that is made (philox.h). A quantile costs a second
// pass over x and out and a selection among the image's numbers. Only operations that are correctly rounded (exp is a polynomial over fma):
// the same bits on every processor.
#pragma once

#include <cstdint>
#include <span>

#include "base/shape.h"
#include "device/cpu/team.h"
#include "langevin.h"

namespace lgv {

// One image of a launch: the plane in the slot, and its numbers.
struct NetworkInput {
    const float* x;
    float s;
};

struct NetworkOutput {
    float* out;             // images that have the same are evaluations of one slot: added in their order
    float weight;
    float weight_variance;  // of the channels from `means` on
    bool first;             // of its slot in this step: what `out` held is not read
};

// What update() moves. Planes do not overlap; those that the row does not touch may be nullptr.
struct SlotPlanes {
    float* x;
    float* x0;                 // written where p or q is not 0
    const float* out;
    const float* out2;         // the second half of the channels of a network with learned variance
    float* history[4];
    const float* noise;        // noise(draw) as numbers; nullptr: Philox with `seed`
    const float* known;        // [C, H, W]
    const float* mask;         // [H, W], for every channel
    const float* known_noise;  // noise(known_draw), as `noise`
    uint64_t seed;
    int64_t elements;          // C * H * W
    int64_t pixels;            // H * W
};

struct SlotUpdate {
    lgv_update row;
    SlotPlanes planes;
};

// Reference forms: one element after the other, double accumulation.
void network_input_reference(std::span<const NetworkInput> images, const Shape& shape, float* net_x);
void network_output_reference(std::span<const NetworkOutput> images, const Shape& shape, int64_t means, const float* net);
void update_reference(std::span<const SlotUpdate> updates);
void write_pictures_reference(std::span<const float* const> x, const Shape& shape, uint8_t* pictures);

// CPU forms. `shape` is that of one image, n = 1. The first `means` channels of the network's output take `weight`, the others `weight_variance`.
void network_input(ThreadTeam& team, std::span<const NetworkInput> images, const Shape& shape, float* net_x);
void network_output(ThreadTeam& team, std::span<const NetworkOutput> images, const Shape& shape, int64_t means, const float* net);
void update(ThreadTeam& team, std::span<const SlotUpdate> updates);
void write_pictures(ThreadTeam& team, std::span<const float* const> x, const Shape& shape, uint8_t* pictures);

}  // namespace lgv
