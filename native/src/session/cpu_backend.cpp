#include "session/cpu_backend.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "ops/noising/noising.h"
#include "session/condition.h"
#include "session/profile.h"

namespace lgv {

namespace {

// Chunks: eight images amortise what a launch costs beyond its arithmetic; where one image's activations are large, fewer do, and the arena
// stays in reach of the caches. Never a matter of results: an image's bits do not depend on its chunk.
constexpr int64_t most_chunk_rows = 8;
constexpr int64_t most_chunk_floats = int64_t{4} << 20;  // of the largest value, all rows together

class CpuPrograms : public Programs {
public:
    CpuPrograms(CpuBackend& backend, const Network& network, Weights& weights) : backend_(backend), network_(network), weights_(weights) {}

    const Network& network() const { return network_; }

    int64_t chunk_rows(int32_t height, int32_t width) override {
        const std::lock_guard lock(mutex_);
        int64_t& rows = chunks_[{height, width}];
        if (rows == 0) {
            int64_t largest = 0;
            for (const Shape& shape : network_.emit(1, height, width).shapes.all) largest = std::max(largest, shape.per_image());
            rows = std::clamp(most_chunk_floats / largest, int64_t{1}, most_chunk_rows);
        }
        return rows;
    }

    // For exactly `rows` images.
    const CpuProgram& program(int64_t rows, int32_t height, int32_t width) {
        const std::lock_guard lock(mutex_);
        auto& program = programs_[{rows, height, width}];
        if (!program) program = std::make_unique<CpuProgram>(network_.emit(rows, height, width), weights_, backend_.isa(), backend_.threads());
        return *program;
    }

    lgv_plan_description plan(int64_t rows, int32_t height, int32_t width) override {
        const CpuProgram& program = this->program(rows, height, width);
        return {.arena_bytes = program.arena_bytes(),
                .weight_bytes = weight_bytes(),
                .flops = program.flops(),
                .ops = int32_t(program.list().nodes.size()),
                .rows = int32_t(rows)};
    }

    std::string dump(int64_t rows, int32_t height, int32_t width) override { return program(rows, height, width).dump(); }
    int64_t weight_bytes() const override { return weights_.packed_bytes(); }
    std::unique_ptr<Stepper> stepper() override;
    void classify(const Pictures& pictures, float* logits, float* features) override;

private:
    void classify_rows(const CpuProgram& program, const Pictures& pictures, int64_t first, int64_t rows, float* logits, float* features);

    CpuBackend& backend_;
    const Network& network_;
    Weights& weights_;
    std::mutex mutex_;
    std::map<std::pair<int32_t, int32_t>, int64_t> chunks_;  // of each size that fits
    std::map<std::tuple<int64_t, int32_t, int32_t>, std::unique_ptr<CpuProgram>> programs_;
};

class CpuStepper : public Stepper {
public:
    // `programs`: none for a denoiser without a network.
    CpuStepper(CpuBackend& backend, CpuPrograms* programs, int32_t channels, int32_t out_channels)
        : backend_(backend), programs_(programs), channels_(channels), out_channels_(out_channels) {}

    void start(Slot& slot, float scale) override { slot.fill_start_noise(backend_.team(), scale); }

    void step(std::span<const Evaluation> evaluations, std::span<const Move> moves) override {
        for (size_t begin = 0; begin < evaluations.size();) {
            const int32_t height = evaluations[begin].slot->height(), width = evaluations[begin].slot->width();
            const auto chunk = size_t(programs_->chunk_rows(height, width));
            size_t end = begin;
            while (end < evaluations.size() && end - begin < chunk && evaluations[end].slot->height() == height && evaluations[end].slot->width() == width) ++end;
            launch(evaluations.subspan(begin, end - begin));
            begin = end;
        }
        move(moves);
    }

    void read(Slot& slot, int32_t plane, int32_t index, float* out, Side) override {
        if (plane == LGV_PLANE_NOISE) return slot.read_noise(index, out);
        std::copy_n(slot.plane(plane, index), slot.elements(plane), out);
    }

    void write(Slot& slot, int32_t plane, int32_t index, const float* values, Side) override {
        std::copy_n(values, slot.elements(plane), slot.plane(plane, plane == LGV_PLANE_HISTORY ? index : 0));
    }

    void pictures(std::span<Slot* const> slots, uint8_t* out, Side) override {
        std::vector<const float*> x;
        for (const Slot* slot : slots) x.push_back(slot->plane(LGV_PLANE_X));
        write_pictures(backend_.team(), x, {1, slots[0]->height(), slots[0]->width(), channels_}, out);
    }

    void wait(int64_t) override {}  // what has run is done

    void profiling(bool on) override { profile_.turn(on); }
    std::string profile() const override { return profile_.text(); }

private:
    void launch(std::span<const Evaluation> evaluations);
    void move(std::span<const Move> moves);

    CpuBackend& backend_;
    CpuPrograms* programs_;
    int32_t channels_;      // of an image
    int32_t out_channels_;  // of what the network says
    Profile profile_;
};

// One run of one program. Rows of one turn hold different slots, so their outputs may be summed at once; turns follow one another.
void CpuStepper::launch(std::span<const Evaluation> evaluations) {
    const int32_t height = evaluations[0].slot->height(), width = evaluations[0].slot->width();
    const UNet2DConfig& config = *programs_->network().unet();
    const CpuProgram& program = programs_->program(int64_t(evaluations.size()), height, width);
    std::byte* arena = backend_.arena(program.arena_bytes());
    const std::vector<Value>& inputs = program.list().inputs;
    const Shape image{1, height, width, channels_}, output{1, height, width, out_channels_};
    const int64_t means = out_channels_ == 2 * channels_ ? channels_ : out_channels_;

    std::vector<NetworkInput> sources;
    for (size_t i = 0; i < evaluations.size(); ++i) {
        sources.push_back({evaluations[i].slot->plane(LGV_PLANE_X), evaluations[i].s});
        const Condition& condition = evaluations[i].condition;
        write_timestep(config, evaluations[i].t, program.at(arena, inputs[1]), i);
        const float* embedding = condition.embedding ? condition.embedding->data() : nullptr;
        if (inputs.size() > 2) write_class(config, {condition.label, condition.timestep, embedding}, program.at(arena, inputs[2]), i);
    }
    network_input(backend_.team(), sources, image, reinterpret_cast<float*>(program.at(arena, inputs[0])));

    std::vector<int64_t> nanoseconds(profile_.on() ? program.list().nodes.size() : 0);
    program.launch(backend_.team(), arena, int64_t(evaluations.size()), nanoseconds);

    const auto* net = reinterpret_cast<const float*>(program.at(arena, program.list().output));
    for (size_t begin = 0; begin < evaluations.size();) {
        std::vector<NetworkOutput> sinks;
        const int32_t turn = evaluations[begin].turn;
        size_t end = begin;
        for (; end < evaluations.size() && evaluations[end].turn == turn; ++end) {
            sinks.push_back({evaluations[end].slot->plane(LGV_PLANE_OUT), evaluations[end].weight, evaluations[end].weight_variance, turn == 0});
        }
        network_output(backend_.team(), sinks, output, means, net + int64_t(begin) * output.per_image());
        begin = end;
    }

    if (profile_.on()) profile_.add(program, nanoseconds);
}

void CpuStepper::move(std::span<const Move> moves) {
    std::vector<SlotUpdate> pending;
    for (const Move& move : moves) {
        // A generator that several slots share keeps one draw: those that wait for the draw before go first.
        if (!pending.empty() && move.slot->draws_anew(move.row)) {
            update(backend_.team(), pending);
            pending.clear();
        }
        pending.push_back({move.row, move.slot->planes(move.row)});
    }
    if (!pending.empty()) update(backend_.team(), pending);
}

std::unique_ptr<Stepper> CpuPrograms::stepper() {
    return std::make_unique<CpuStepper>(backend_, this, network_.in_channels(), network_.out_channels());
}

void CpuPrograms::classify(const Pictures& pictures, float* logits, float* features) {
    const int64_t count = pictures.count, chunk = std::min(count, chunk_rows(pictures.height, pictures.width));
    const CpuProgram& program = this->program(chunk, pictures.height, pictures.width);
    for (int64_t first = 0; first < count; first += chunk) classify_rows(program, pictures, first, std::min(chunk, count - first), logits, features);
}

void CpuPrograms::classify_rows(const CpuProgram& program, const Pictures& pictures, int64_t first, int64_t rows, float* logits, float* features) {
    std::byte* arena = backend_.arena(program.arena_bytes());
    const auto floats_at = [&](Value value) { return reinterpret_cast<float*>(program.at(arena, value)); };
    const OpList& list = program.list();
    const Shape image{1, pictures.height, pictures.width, network_.in_channels()};
    const bool bytes = pictures.pixels == LGV_PIXELS_UINT8;
    std::vector<NoisedImage> images(static_cast<size_t>(rows));
    for (int64_t i = 0; i < rows; ++i) {
        const int64_t at = (first + i) * image.elements() * int64_t(bytes ? 1 : sizeof(float));
        images[size_t(i)] = {.pixels = static_cast<const std::byte*>(pictures.images) + at, .bytes = bytes};
    }
    noise_images(backend_.team(), images, image, floats_at(list.inputs[0]), nullptr);
    program.launch(backend_.team(), arena, rows);
    const auto give = [&](Value value, int64_t numbers, float* out) { std::copy_n(floats_at(value), rows * numbers, out + first * numbers); };
    give(list.output, network_.classes(), logits);
    if (features != nullptr) give(list.kept[0], network_.features(), features);
}

}  // namespace

std::byte* CpuBackend::arena(int64_t bytes) {
    if (arena_.bytes() < bytes) {
        arena_ = Memory();  // let go of the old one first
        arena_ = Memory(bytes);
    }
    return arena_.data();
}

void CpuBackend::describe(JsonWriter& out) const {
    out.key("device").value("cpu").key("processor").value(processor_name()).key("isa").value(name_of(isa_)).key("threads").value(threads()).key("type").value("float32");
}

std::shared_ptr<std::byte> CpuBackend::device_memory(int64_t bytes) {
    const auto memory = std::make_shared<Memory>(bytes);
    return {memory, memory->data()};
}

// The caller's thread has done what it did before; the worker comes to what it asks for when all before is done.
Backend::Wait CpuBackend::after_stream(uint64_t stream) {
    expect(stream == 0, Code::argument, "stream ", stream, ": the CPU has none; 0 stands for the caller's thread");
    return [] {};
}

Backend::Wait CpuBackend::before_stream(uint64_t stream) { return after_stream(stream); }

std::unique_ptr<Programs> CpuBackend::programs(const Network& network, Weights& weights) { return std::make_unique<CpuPrograms>(*this, network, weights); }

std::unique_ptr<Stepper> CpuBackend::stepper(int32_t channels, int32_t out_channels) {
    return std::make_unique<CpuStepper>(*this, nullptr, channels, out_channels);
}

}  // namespace lgv
