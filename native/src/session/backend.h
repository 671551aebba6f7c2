// What differs between kinds of devices: where memory is, how a network's programs run, how a step is taken. Behind these three everything is the same, so that
// a handle means the same on each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "graph/gpu_machine.h"
#include "io/json.h"
#include "langevin.h"
#include "models/network.h"
#include "ops/weights.h"
#include "session/dlpack.h"
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

// Whose memory a pointer is to: the caller's, or the device's, which takes part in the order of its work.
enum class Side { host, device };

// The images of one denoiser on their way. The worker's, in the order in which things were queued.
class Stepper {
public:
    virtual ~Stepper() = default;

    virtual void start(Slot& slot, float scale) = 0;  // X = scale * noise(0)

    // Evaluations are sorted by the size of their images, then by turn. Queues; what cannot go on throws here or in a later call.
    virtual void step(std::span<const Evaluation> evaluations, std::span<const Move> moves) = 0;

    // What is on the host has been read or written when they return; what is on the device, when the work that is queued later comes to it.
    virtual void read(Slot& slot, int32_t plane, int32_t index, float* out, Side side) = 0;
    virtual void write(Slot& slot, int32_t plane, int32_t index, const float* values, Side side) = 0;
    virtual void pictures(std::span<Slot* const> slots, uint8_t* out, Side side) = 0;  // X of slots of one size, as bytes [N, H, W, C]

    // Any thread: until step number `step` (the first is 1) that was queued here is done.
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

    // Zeroed memory of the device; any thread. Error::memory where there is not that much. What is queued on the device is done with it when it goes.
    virtual std::shared_ptr<std::byte> device_memory(int64_t bytes) = 0;

    // Zeroed host memory from which this device copies fastest; any thread.
    virtual std::shared_ptr<std::byte> host_memory(int64_t bytes) = 0;

    // Where device_memory() is, in DLPack's words.
    virtual DlpackDevice place() const = 0;

    // Any thread. Error::argument with the reason where `bytes` of memory at this address are nothing that the device can use.
    virtual void check_address(const void* address, int64_t bytes) const = 0;

    // Between host memory and memory that the device can use, when what was queued before is done; done when they return. The worker's.
    virtual void upload(std::byte* to, const void* host, int64_t bytes) = 0;
    virtual void download(void* host, const std::byte* from, int64_t bytes) = 0;

    // A stream of the caller's (langevin.h, lgv_device_after_stream), in two halves: a place is marked in the queue that goes first, then the other queue is made to wait
    // for it. Streams of the caller's are touched on the caller's thread, the device's own on the worker.
    using Wait = std::function<void()>;
    virtual Wait after_stream(uint64_t stream) = 0;   // the caller's thread; the Wait is the worker's
    virtual Wait before_stream(uint64_t stream) = 0;  // the worker's; the Wait is the caller's thread's

    // Until all that was queued on the device is done. The worker's.
    virtual void finish() = 0;

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
