// Images on their way from noise to picture: the slots, the table of conditions, and the queue of steps. langevin.h is its manual.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "langevin.h"
#include "session/device.h"
#include "session/model.h"
#include "session/profile.h"
#include "session/queue.h"
#include "session/slot.h"

namespace lgv {

class Denoiser : public std::enable_shared_from_this<Denoiser> {
public:
    static std::shared_ptr<Denoiser> open(std::shared_ptr<Model> model, int32_t slots);
    static std::shared_ptr<Denoiser> open_bare(std::shared_ptr<Device> device, int32_t channels, int32_t out_channels, int32_t slots);

    void set_condition(int32_t index, const lgv_condition& condition);
    void join(std::span<const lgv_image> images);
    void leave(std::span<const int32_t> slots);
    void step(std::span<const lgv_evaluation> evaluations, std::span<const lgv_update> updates);
    void wait(int64_t step);
    void read(std::span<const int32_t> slots, int32_t plane, int32_t index, float* out, int64_t count);
    void write(std::span<const int32_t> slots, int32_t plane, int32_t index, const float* values, int64_t count);
    void set_profiling(bool on);
    std::string profile();
    void close();  // drops what has not begun

private:
    using Use = HandleQueue::Use;

    struct Condition {  // what the model takes of it
        int32_t label = 0;
        float timestep = 0;
        std::shared_ptr<const std::vector<float>> embedding;
    };

    Denoiser(std::shared_ptr<Device> device, std::shared_ptr<Model> model, int32_t channels, int32_t out_channels, int32_t slots);

    const UNet2DConfig& unet() const { return *model_->network().unet(); }  // where there is a model

    // On the caller's thread.
    Slot& occupied(int32_t slot) const;
    void check(const lgv_evaluation& evaluation, size_t i) const;
    void check(const lgv_update& update, size_t i) const;
    bool learned_variance() const { return out_channels_ == 2 * channels_; }
    int64_t check_plane(std::span<const int32_t> slots, int32_t plane, int32_t index) const;  // numbers in all of them
    std::shared_ptr<TorchNoise> batch_noise(std::span<const lgv_image> images) const;
    void check_condition(const lgv_condition& condition) const;
    Condition condition_of(int32_t index) const;
    void refuse_repeats(std::span<const int32_t> slots, const char* where) const;

    void post(std::function<void()> work, bool is_step = false);

    // On the worker.
    struct Evaluation {             // one that is to be run, with the slot and condition it stands for
        Slot* slot;
        Condition condition;
        float t, s, weight, weight_variance;
        int32_t turn;               // 0 for the first of its slot in this step, 1 for the second ...
    };
    void evaluate(std::span<const Evaluation> evaluations);
    void launch(std::span<const Evaluation> evaluations);
    void move(std::span<const lgv_update> updates, std::span<Slot* const> slots);

    std::shared_ptr<Device> device_;
    std::shared_ptr<Model> model_;  // none for a bare one
    int32_t channels_;              // of an image
    int32_t out_channels_;          // of what the network says
    std::vector<std::shared_ptr<Slot>> slots_;
    std::vector<std::optional<Condition>> conditions_;
    HandleQueue queue_;
    Profile profile_;
};

}  // namespace lgv
