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
#include "session/backend.h"
#include "session/device.h"
#include "session/model.h"
#include "session/queue.h"
#include "session/slot.h"
#include "session/tensor.h"

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
    void read_pictures(std::span<const int32_t> slots, uint8_t* out, int64_t bytes);
    void read_tensor(std::span<const int32_t> slots, int32_t plane, int32_t index, std::shared_ptr<Tensor> tensor);
    void write_tensor(std::span<const int32_t> slots, int32_t plane, int32_t index, std::shared_ptr<Tensor> tensor);
    void set_profiling(bool on);
    std::string profile();
    void close();  // drops what has not begun

private:
    using Use = HandleQueue::Use;

    Denoiser(std::shared_ptr<Device> device, std::shared_ptr<Model> model, int32_t channels, int32_t out_channels, int32_t slots);

    const UNet2DConfig& unet() const { return *model_->network().unet(); }  // where there is a model

    // On the caller's thread.
    Slot& occupied(int32_t slot) const;
    void check(const lgv_evaluation& evaluation, size_t i) const;
    void check(const lgv_update& update, size_t i) const;
    bool learned_variance() const { return out_channels_ == 2 * channels_; }
    int64_t check_plane(std::span<const int32_t> slots, int32_t plane, int32_t index) const;  // numbers in all of them
    void check_written(std::span<const int32_t> slots, int32_t plane, const char* where) const;
    const Slot& one_size(std::span<const int32_t> slots, const char* where) const;
    void check_tensor(std::span<const int32_t> slots, int32_t plane, const Tensor& tensor, bool pictures, const char* where) const;
    std::vector<Slot*> pointers(std::span<const int32_t> slots) const;
    std::shared_ptr<TorchNoise> batch_noise(std::span<const lgv_image> images) const;
    void check_condition(const lgv_condition& condition) const;
    Condition condition_of(int32_t index) const;
    void refuse_repeats(std::span<const int32_t> slots, const char* where) const;

    void post(std::function<void()> work, bool is_step = false);

    std::shared_ptr<Device> device_;
    std::shared_ptr<Model> model_;  // none for a bare one
    int32_t channels_;              // of an image
    int32_t out_channels_;          // of what the network says
    std::vector<std::shared_ptr<Slot>> slots_;
    std::vector<std::optional<Condition>> conditions_;
    std::unique_ptr<Stepper> stepper_;
    HandleQueue queue_;
};

}  // namespace lgv
