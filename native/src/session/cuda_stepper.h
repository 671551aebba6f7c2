// Steps on a GPU: one CUDA graph for each shape of step, replayed; what changes from step to step goes through its ring (ops/step/step.cuda.h).
#pragma once

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "device/cuda/graph.h"
#include "device/cuda/stream.h"
#include "graph/program.cuda.h"
#include "ops/step/step.cuda.h"
#include "session/cuda_backend.h"
#include "session/profile.h"

namespace lgv {

class CudaStepper : public Stepper {
public:
    // `programs`: none for a denoiser without a network.
    CudaStepper(CudaBackend& backend, CudaPrograms* programs, int32_t channels, int32_t out_channels)
        : backend_(backend), programs_(programs), channels_(channels), out_channels_(out_channels) {}

    void start(Slot& slot, float scale) override;
    void step(std::span<const Evaluation> evaluations, std::span<const Move> moves) override;
    void read(Slot& slot, int32_t plane, int32_t index, float* out, Side side) override;
    void write(Slot& slot, int32_t plane, int32_t index, const float* values, Side side) override;
    void pictures(std::span<Slot* const> slots, uint8_t* out, Side side) override;
    void wait(int64_t step) override;
    void profiling(bool on) override { profile_.turn(on); }
    std::string profile() const override { return profile_.text(); }

private:
    static constexpr int entries = 8;        // of a ring: launches of one graph that may be under way
    static constexpr int most_under_way = 16;  // steps

    // What a graph is fixed for.
    struct StepShape {
        int32_t height = 0, width = 0, evaluations = 0, updates = 0;
        int64_t most_elements = 0;
        bool bounds = false;  // some rows may threshold dynamically
        auto operator<=>(const StepShape&) const = default;
    };

    struct Graph {
        CudaStep step;
        const CudaProgram* program = nullptr;
        PinnedMemory ring;
        DeviceMemory state;
        CudaGraph graph;
        std::byte* arena = nullptr;  // that it was captured with
        std::array<CudaEvent, entries> free;
        int64_t launches = 0;
    };

    Graph& graph(const StepShape& shape);
    void capture(Graph& graph, const StepShape& shape);
    void queue(Graph& graph, const StepShape& shape, std::span<int64_t> nanoseconds);
    void launch(std::span<const Evaluation> evaluations, std::span<const Move> moves);
    void fill(std::byte* entry, std::span<const Evaluation> evaluations, std::span<const Move> moves);
    CudaUpdate update_of(const Move& move);
    const float* embedding_of(const Condition& condition);
    const float* upload_draw(Slot& slot, int32_t draw, float* plane);
    bool draw(Slot& slot, int32_t index, float* out) const;

    CudaBackend& backend_;
    CudaPrograms* programs_;
    int32_t channels_;      // of an image
    int32_t out_channels_;  // of what the network says
    std::map<StepShape, std::unique_ptr<Graph>> graphs_;
    std::map<const std::vector<float>*, std::pair<std::shared_ptr<const std::vector<float>>, DeviceMemory>> embeddings_;
    DeviceMemory pictures_;  // on their way to the host
    std::array<CudaEvent, most_under_way> done_;
    int64_t steps_ = 0;
    std::mutex mutex_;  // of done_, which others wait for
    Profile profile_;
};

}  // namespace lgv
