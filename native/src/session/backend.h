// What differs between kinds of devices: where memory is, how a network's programs run, how a step is taken. Behind these three everything is the same, so that
// a handle means the same on each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "graph/gpu_machine.h"
#include "io/json.h"
#include "langevin.h"
#include "models/network.h"
#include "ops/weights.h"
#include "session/slot.h"

namespace lgv {

// What a network takes of a condition.
struct Condition {
    int32_t label = 0;
    float timestep = 0;
    std::shared_ptr<const std::vector<float>> embedding;
};

// One evaluation of the network that is to be run.
struct Evaluation {
    Slot* slot;
    Condition condition;
    float t, s, weight, weight_variance;
    int32_t turn;  // 0 for the first of its slot in this step, 1 for the second ...
};

// A row of a step's updates, and the slot that it moves.
struct Move {
    lgv_update row;
    Slot* slot;
};

// The images of one denoiser on their way. The worker's, in the order in which things were queued.
class Stepper {
public:
    virtual ~Stepper() = default;

    virtual void start(Slot& slot, float scale) = 0;  // X = scale * noise(0)

    // Evaluations are sorted by the size of their images, then by turn. Queues; what cannot go on throws here or in a later call.
    virtual void step(std::span<const Evaluation> evaluations, std::span<const Move> moves) = 0;

    virtual void read(Slot& slot, int32_t plane, int32_t index, float* out) = 0;
    virtual void write(Slot& slot, int32_t plane, int32_t index, const float* values) = 0;

    // Any thread: until step number `step` (the first is 1) that was queued here is done; 0: all.
    virtual void wait(int64_t step) = 0;

    virtual void profiling(bool on) = 0;
    virtual std::string profile() const = 0;  // a JSON array, as langevin.h shows it
};

// A model's programs on its device, made when they are first needed, each with its share of packed weights. Any thread.
class Programs {
public:
    virtual ~Programs() = default;

    // Images of this size that one launch takes at most: a larger batch gains nothing and wants more memory. At least 1. The error of the layer that cannot take
    // them, where the network cannot.
    virtual int64_t chunk_rows(int32_t height, int32_t width) = 0;

    virtual lgv_plan_description plan(int64_t rows, int32_t height, int32_t width) = 0;
    virtual std::string dump(int64_t rows, int32_t height, int32_t width) = 0;
    virtual int64_t weight_bytes() const = 0;

    // Of a denoiser of this network.
    virtual std::unique_ptr<Stepper> stepper() = 0;

    // Of a classifier: the caller's pictures, [count, C, H, W], through it; the worker's. `features` may be nullptr.
    struct Pictures {
        const void* images;
        int32_t pixels, height, width, count;
    };
    virtual void classify(const Pictures& pictures, float* logits, float* features) = 0;
};

class CpuBackend;

class Backend {
public:
    virtual ~Backend() = default;

    virtual void describe(JsonWriter& out) const = 0;  // the fields of lgv_device_describe

    // Zeroed memory for the planes of an image; any thread. Error::memory where there is not that much.
    virtual std::shared_ptr<std::byte> plane_memory(int64_t bytes) = 0;

    // Zeroed host memory from which this device copies fastest; any thread.
    virtual std::shared_ptr<std::byte> host_memory(int64_t bytes) = 0;

    // `network` and `weights` outlive what is made of them.
    virtual std::unique_ptr<Programs> programs(const Network& network, Weights& weights) = 0;

    // Of a denoiser without a network: updates alone.
    virtual std::unique_ptr<Stepper> stepper(int32_t channels, int32_t out_channels) = 0;

    // Of what only the CPU does so far. Error::unsupported elsewhere, naming `what`.
    virtual CpuBackend& cpu(const char* what) = 0;
};

// What a GPU computes in: bfloat16 with float32 sums, or float32 throughout by simple kernels, slow, to compare with.
enum class Precision { bf16, f32 };

// Device `index` of CUDA, or Error::no_device with the reason. In a library that was built without CUDA that is the reason.
std::unique_ptr<Backend> open_cuda(int32_t index, Precision precision);

// Why "auto" does not choose CUDA; empty where it does.
std::string why_not_cuda();

// What a launch of the network would cost on a GPU that need not be here, as text. Error::unsupported in a library that was built without CUDA.
std::string predict_cuda(const GpuMachine& machine, const Network& network, const Weights& weights, int64_t rows, int32_t height, int32_t width);

}  // namespace lgv
