// An image on its way: its planes in the memory of its device, and where its noise comes from. Made when it joins; only the device's worker touches the planes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "langevin.h"
#include "ops/step/step.h"
#include "session/slot_noise.h"

namespace lgv {

class Slot {
public:
    static constexpr int history_slots = 4;

    // Of all planes of an image.
    static int64_t bytes(const lgv_image& image, int32_t channels, int32_t out_channels);

    // `memory`: bytes() of it, zeroed, on a boundary of 64. `torch`: for LGV_NOISE_TORCH and LGV_NOISE_TORCH_BATCH, the generator, and which of its images this is.
    Slot(const lgv_image& image, int32_t channels, int32_t out_channels, std::shared_ptr<std::byte> memory, std::shared_ptr<TorchNoise> torch, int64_t torch_image);

    int32_t height() const { return height_; }
    int32_t width() const { return width_; }
    int32_t noise_kind() const { return noise_; }
    uint64_t seed() const { return seed_; }
    int64_t elements(int32_t plane) const;  // numbers in one, enum lgv_plane

    float* plane(int32_t plane, int32_t history = 0) const;
    float* known_noise_plane() const;  // room for a second draw; nobody sees it

    // noise(draw) of PyTorch's generator, in host memory until the next call for any slot that shares it; nullptr where noise is made otherwise.
    const float* torch_draw(int32_t draw) { return torch_ ? torch_->draw(draw, torch_image_) : nullptr; }

    // ---- Where the planes are host memory
    void fill_start_noise(ThreadTeam& team, float scale);
    void read_noise(int32_t draw, float* out);

    // Whether planes(row) will replace a draw that other slots may still be reading.
    bool draws_anew(const lgv_update& row) const;

    // The slot's planes for update(), with noise(draw) at hand where the row reads it.
    SlotPlanes planes(const lgv_update& row);

private:
    // nullptr for Philox, which is made where it is needed
    const float* drawn(int32_t draw);
    const float* known_noise(const lgv_update& row);

    int32_t height_, width_, noise_;
    uint64_t seed_;
    int64_t elements_;      // of an image: C * H * W
    int64_t out_elements_;  // of OUT
    int64_t stride_;        // floats from plane to plane: whole cache lines
    std::shared_ptr<std::byte> memory_;  // X, X0, NOISE, H0 .. H3, KNOWN, MASK, a second draw, OUT; what is never touched costs no memory
    std::shared_ptr<TorchNoise> torch_;
    int64_t torch_image_;
    int32_t kept_draw_ = -1;  // of torch_, in NOISE, which has no other use there; -1: none
};

}  // namespace lgv
