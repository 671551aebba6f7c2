// The fused sampling step on the GPU, made for a CUDA graph that is replayed without a host's word: what changes from step to step lies in a ring that the host
// writes ahead. What it computes: step.h, whose CPU forms give the same bits.
//
//     begin_step       copies the ring's next entry into device memory, and counts on: everything below reads the copy
//     network_input    net_x[n, y, x, c] = s * x[c, y, x], and the network's other inputs: timestep, class
//     network_output   out[c, y, x] = weight * net[n, y, x, c], or out + weight * net, for the evaluations of a slot in their order
//     find_bounds      L of the rows that threshold dynamically; may be left out of a program whose entries have none
//     update           lgv_update of langevin.h
//
// Queued in this order on one stream, with the network between the second and the third; a step without evaluations may leave out the second and the
// third. Grids are those of a full entry: blocks without work end at once, and rows beyond an entry's counts touch nothing.
//
// How the host fills the ring. `ring` is memory of entries * entry_bytes() bytes that the GPU can read (pinned, mapped), zeroed once. For launch k (0, 1, ...; a launch
// is one run of begin_step, and `state` was zeroed before the first) it writes entry k % entries, whole, before it queues the launch:
//     StepHeader header      at 0: how many evaluations and updates there are, at most the CudaStep's
//     CudaEvaluation[]       at evaluations_at: image n of the network. Images of one slot are chained by `next`, in the order in which they shall be added; only
//                            the head of a chain `leads`
//     CudaUpdate[]           at updates_at(evaluations): behind the evaluations that there are; at most one a slot
// and it must not write an entry again before begin_step of its launch has run (an event behind it, or behind the launch). A step with more evaluations than the
// network has rows is several launches, of which the last has the updates; `first` is then true in the first launch only.
// Planes are float32 in device memory, each at a multiple of 16 bytes for full speed (4 is enough); they may lie anywhere.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/host_device.h"
#include "base/shape.h"
#include "ops/cuda.h"
#include "ops/step/step.h"

namespace lgv {

struct StepHeader {
    int32_t evaluations, updates;
    int32_t reserved[2];
};

// An image of a launch of the network. Unused: zeros.
struct CudaEvaluation {
    const float* x;          // [C, H, W] of the slot
    float* out;              // [K, H, W] of the slot
    const float* embedding;  // a condition of that kind, in device memory
    float s, t;
    uint32_t word;           // a condition's label, or the bits of its float32 timestep
    float weight;            // of the first CudaStep::means channels
    float weight_variance;   // of the others
    int32_t first;           // not 0: what `out` held is not read
    int32_t leads;           // not 0: the first of its slot in this launch
    int32_t next;            // of the same slot in this launch; -1: none
    int32_t reserved[2];
};

struct CudaUpdate {
    SlotUpdate update;  // planes in device memory
    uint64_t reserved;
};

static_assert(sizeof(StepHeader) == 16 && sizeof(CudaEvaluation) == 64 && sizeof(CudaUpdate) == 256, "entries are copied 16 bytes at a time");

struct CudaStep {
    Shape image;                       // of the network's input: n is ignored
    int64_t means = 0;                 // channels of its output that take `weight`
    int64_t out_channels = 0;          // of its output: means, or more
    CudaType in = CudaType::bf16;      // of net_x: bf16 or f32
    CudaType out = CudaType::f32;      // of the network's output
    int32_t evaluations = 0;           // of an entry at most
    int32_t updates = 0;
    int64_t most_elements = 0;         // of an image that is updated, at most
    int32_t entries = 0;
    const std::byte* ring = nullptr;   // as the GPU sees it
    std::byte* state = nullptr;        // device memory of state_bytes(), 256-byte aligned, zeroed

    static constexpr int64_t evaluations_at = sizeof(StepHeader);
    static constexpr LGV_HOST_DEVICE int64_t updates_at(int64_t evaluations) { return evaluations_at + evaluations * int64_t(sizeof(CudaEvaluation)); }
    int64_t entry_bytes() const { return (updates_at(evaluations) + updates * int64_t(sizeof(CudaUpdate)) + 255) / 256 * 256; }

    // Of `state`: the number of the next entry, the entry that is being worked on, a bound for each of its updates.
    static constexpr int64_t entry_at = 256;
    int64_t bounds_at() const { return entry_at + entry_bytes(); }
    int64_t state_bytes() const { return bounds_at() + updates * int64_t(sizeof(float)); }
};

// The network's inputs, in the order of its images. What it does not have is nullptr.
struct CudaNetworkInputs {
    std::byte* x = nullptr;        // [N, H, W, C]
    float* t = nullptr;            // [N]
    uint32_t* word = nullptr;      // [N]: labels (int32), or timesteps of the class (float32)
    std::byte* embedding = nullptr;  // [N, embedding_size]
    CudaType embedding_type = CudaType::f32;
    int32_t embedding_size = 0;
};

// Error::unsupported with the numbers, where the step is beyond what the kernels can do. To be asked once.
void check_step(const CudaStep& step);

void begin_step(const CudaStep& step, Stream stream);
void network_input(const CudaStep& step, Stream stream, const CudaNetworkInputs& inputs);
void network_output(const CudaStep& step, Stream stream, const std::byte* net);
void find_bounds(const CudaStep& step, Stream stream);
void update(const CudaStep& step, Stream stream);

// Outside of a step: images as pictures, step.h.
struct PictureSources {
    static constexpr int32_t most = 32;
    const float* x[most];  // [C, H, W] each, in device memory
};

// How many at most, where images are large.
int32_t pictures_a_launch(const Shape& image);

// The first `count` of them, into device memory [count, H, W, C].
void write_pictures(const PictureSources& sources, int32_t count, const Shape& image, uint8_t* pictures, Stream stream);

}  // namespace lgv
