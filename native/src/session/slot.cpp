#include "session/slot.h"

#include <cmath>
#include <cstring>

#include "base/philox.h"

namespace lgv {

namespace {

constexpr int64_t floats_a_line = 16;
constexpr int strides = 6 + Slot::history_slots;  // of all planes but OUT, which comes last

int64_t pixels_of(const lgv_image& image) { return int64_t{image.height} * image.width; }
int64_t stride_of(int64_t elements) { return (elements + floats_a_line - 1) / floats_a_line * floats_a_line; }

}  // namespace

int64_t Slot::bytes(const lgv_image& image, int32_t channels, int32_t out_channels) {
    return (strides * stride_of(channels * pixels_of(image)) + out_channels * pixels_of(image)) * int64_t(sizeof(float));
}

Slot::Slot(const lgv_image& image, int32_t channels, int32_t out_channels, std::shared_ptr<std::byte> memory, std::shared_ptr<TorchNoise> torch, int64_t torch_image)
    : height_(image.height),
      width_(image.width),
      noise_(image.noise),
      seed_(image.seed),
      elements_(channels * pixels_of(image)),
      out_elements_(out_channels * pixels_of(image)),
      stride_(stride_of(elements_)),
      memory_(std::move(memory)),
      torch_(std::move(torch)),
      torch_image_(torch_image) {}

int64_t Slot::elements(int32_t plane) const {
    if (plane == LGV_PLANE_OUT) return out_elements_;
    return plane == LGV_PLANE_MASK ? int64_t{height_} * width_ : elements_;
}

float* Slot::plane(int32_t plane, int32_t history) const {
    static constexpr int place[] = {0, 1, strides, 2, 3, 3 + history_slots, 4 + history_slots};
    return reinterpret_cast<float*>(memory_.get()) + (place[plane] + history) * stride_;
}

float* Slot::known_noise_plane() const { return plane(LGV_PLANE_MASK) + stride_; }

const float* Slot::drawn(int32_t draw) {
    if (noise_ == LGV_NOISE_WRITTEN) return plane(LGV_PLANE_NOISE);
    return torch_draw(draw);
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

// A generator holds one draw. Where a row reads two, that of the known picture waits in NOISE: it is often the same in every step.
const float* Slot::known_noise(const lgv_update& row) {
    if (row.kn == 0) return nullptr;
    const bool one_draw = row.d == 0 || row.draw == row.known_draw;
    if (torch_ == nullptr || (one_draw && kept_draw_ != row.known_draw)) return drawn(row.known_draw);
    float* kept = plane(LGV_PLANE_NOISE);
    if (kept_draw_ != row.known_draw) {
        std::memcpy(kept, drawn(row.known_draw), size_t(elements_) * sizeof(float));
        kept_draw_ = row.known_draw;
    }
    return kept;
}

bool Slot::draws_anew(const lgv_update& row) const {
    if (noise_ != LGV_NOISE_TORCH_BATCH) return false;
    const bool moves = row.d != 0 && torch_->current() != row.draw;
    return moves || (row.kn != 0 && kept_draw_ != row.known_draw && torch_->current() != row.known_draw);
}

SlotPlanes Slot::planes(const lgv_update& row) {
    SlotPlanes planes{.x = plane(LGV_PLANE_X),
                      .x0 = plane(LGV_PLANE_X0),
                      .out = plane(LGV_PLANE_OUT),
                      .out2 = plane(LGV_PLANE_OUT) + elements_,
                      .history = {},
                      .noise = nullptr,
                      .known = plane(LGV_PLANE_KNOWN),
                      .mask = plane(LGV_PLANE_MASK),
                      .known_noise = known_noise(row),  // first: the draw of the row may take the generator's place
                      .seed = seed_,
                      .elements = elements_,
                      .pixels = int64_t{height_} * width_};
    if (row.d != 0) planes.noise = drawn(row.draw);
    for (int i = 0; i < history_slots; ++i) planes.history[i] = plane(LGV_PLANE_HISTORY, i);
    return planes;
}

}  // namespace lgv
