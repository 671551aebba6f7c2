#include "session/slot.h"

#include <cmath>
#include <cstring>

#include "base/philox.h"

namespace lgv {

namespace {

constexpr int64_t floats_a_line = 16;
constexpr int planes_before_history = LGV_PLANE_HISTORY;

}  // namespace

Slot::Slot(const lgv_image& image, int32_t channels, std::shared_ptr<TorchNoise> torch, int64_t torch_image)
    : height_(image.height),
      width_(image.width),
      noise_(image.noise),
      seed_(image.seed),
      elements_(int64_t{channels} * image.height * image.width),
      stride_((elements_ + floats_a_line - 1) / floats_a_line * floats_a_line),
      memory_((planes_before_history + history_slots) * stride_ * int64_t(sizeof(float))),
      torch_(std::move(torch)),
      torch_image_(torch_image) {}

float* Slot::plane(int32_t plane, int32_t history) const { return reinterpret_cast<float*>(memory_.data()) + (plane + history) * stride_; }

const float* Slot::drawn(int32_t draw) {
    if (noise_ == LGV_NOISE_WRITTEN) return plane(LGV_PLANE_NOISE);
    return torch_ ? torch_->draw(draw, torch_image_) : nullptr;
}

void Slot::fill_start_noise(ThreadTeam& team, float scale) {
    // An update like any other: x' = scale * noise(0), nothing else is read.
    const SlotUpdate start{.row = {.save = -1, .limit = INFINITY, .d = scale}, .planes = planes({.d = scale})};
    update(team, {&start, 1});
}

void Slot::read_noise(int32_t draw, float* out) {
    if (const float* values = drawn(draw)) {
        std::memcpy(out, values, size_t(elements_) * sizeof(float));
    } else {
        philox_normals(seed_, uint32_t(draw), Purpose::sample, 0, elements_, out);
    }
}

bool Slot::draws_anew(const lgv_update& row) const {
    return row.d != 0 && noise_ == LGV_NOISE_TORCH_BATCH && torch_->current() != row.draw;
}

SlotPlanes Slot::planes(const lgv_update& row) {
    SlotPlanes planes{.x = plane(LGV_PLANE_X),
                      .x0 = plane(LGV_PLANE_X0),
                      .out = plane(LGV_PLANE_OUT),
                      .history = {},
                      .noise = row.d != 0 ? drawn(row.draw) : nullptr,
                      .seed = seed_,
                      .elements = elements_};
    for (int i = 0; i < history_slots; ++i) planes.history[i] = plane(LGV_PLANE_HISTORY, i);
    return planes;
}

}  // namespace lgv
