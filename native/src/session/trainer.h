// Weights on their way to a model: the arenas, the programs of forward and backward pass, and the queue of batches and updates. langevin.h is its manual.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "device/memory.h"
#include "graph/autograd.h"
#include "graph/program.h"
#include "io/model_files.h"
#include "langevin.h"
#include "models/network.h"
#include "ops/weights.h"
#include "session/device.h"
#include "session/model.h"
#include "session/profile.h"
#include "session/queue.h"

namespace lgv {

class Trainer : public std::enable_shared_from_this<Trainer> {
public:
    static std::shared_ptr<Trainer> open(std::shared_ptr<Device> device, ModelTexts texts, const lgv_trainer_settings& settings);
    static std::shared_ptr<Trainer> open_from(const Model& model, const lgv_trainer_settings& settings);

    lgv_trainer_description describe();
    std::string parameters();  // a JSON array, as langevin.h shows it
    lgv_plan_description plan(int32_t rows, int32_t height, int32_t width);
    std::string dump(int32_t rows, int32_t height, int32_t width);

    // What the caller's arrays of a batch are. `noise` and `embeddings` may be nullptr.
    struct Batch {
        const void* images;
        int32_t pixels, height, width;
        std::span<const lgv_training_row> rows;
        const float* noise;
        const float* embeddings;
    };
    void accumulate(Batch batch);
    void apply(double learning_rate, std::span<const double> decays);

    int32_t metrics(int64_t first, std::span<lgv_training_metrics> out);
    void wait(int64_t update);
    void read(int32_t arena, int64_t offset, float* out, int64_t count);
    void write(int32_t arena, int64_t offset, const float* values, int64_t count);
    std::pair<int64_t, int64_t> progress();  // updates, moves
    void resume(int64_t updates, int64_t moves);
    std::shared_ptr<Model> model(int32_t average);
    void set_profiling(bool on);
    std::string profile();
    void close();  // drops what has not begun

private:
    using Use = HandleQueue::Use;

    // One launch, forward and backward.
    struct Pass {
        CpuProgram program;
        TrainingValues values;
    };

    // A batch as it was queued, in memory that is used again.
    struct Staged {
        std::vector<std::byte> images;
        std::vector<lgv_training_row> rows;
        std::vector<float> noise, embeddings;
        int32_t pixels = 0, height = 0, width = 0;
        int64_t chunk = 0;  // images of one launch
    };

    Trainer(std::shared_ptr<Device> device, ModelTexts texts, const lgv_trainer_settings& settings);
    void begin();  // once the weights are there

    // On the caller's thread.
    int64_t fit(int32_t& height, int32_t& width);  // 0 x 0 becomes the config's size; images of one launch
    void check(const Batch& batch) const;
    void check(const lgv_training_row& row, size_t i) const;
    float* arena(int32_t which, int64_t offset, int64_t count);
    void post(std::function<void()> work, bool is_update = false);

    // On the worker, or while it is idle: a new program packs weights.
    const Pass& pass(int64_t rows, int32_t height, int32_t width);

    // On the worker.
    void run(const Staged& batch);
    void launch(const Staged& batch, size_t first, size_t rows);
    void tell(const UNet2DConfig& unet, const Staged& batch, size_t i, const CpuProgram& program, std::byte* arena, size_t row) const;
    void update(double learning_rate, std::span<const double> decays);

    std::shared_ptr<Device> device_;
    ModelTexts texts_;
    lgv_trainer_settings settings_;
    Network network_;
    std::string name_;  // for messages
    std::vector<ParameterInfo> parameters_;
    std::vector<int64_t> offsets_;
    std::vector<bool> trained_;
    int64_t count_ = 0;  // numbers in an arena
    Memory weights_, gradients_, first_moments_, second_moments_;
    std::vector<Memory> averages_;
    std::unique_ptr<Weights> packed_;
    HandleQueue queue_;
    Staged staged_[2];
    int64_t batches_ = 0;    // queued so far: batch i is in staged_[i % 2]
    int64_t unapplied_ = 0;  // images queued since the last update
    int64_t updates_ = 0;    // queued so far, those before a resume() among them
    int64_t resumed_ = 0;    // those before
    std::map<std::pair<int32_t, int32_t>, int64_t> chunks_;  // of each size that fits: images of one launch

    // The worker's.
    std::map<std::tuple<int64_t, int32_t, int32_t>, std::unique_ptr<Pass>> passes_;
    double loss_ = 0;      // summed since the last update
    int64_t images_ = 0;
    int64_t moves_ = 0;
    int64_t done_ = 0;     // updates
    Profile profile_;

    std::mutex metrics_mutex_;
    std::deque<lgv_training_metrics> metrics_;
};

}  // namespace lgv
