#include "session/cuda_stepper.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "base/philox.h"

namespace lgv {

// ---- Graphs -------------------------------------------------------------------------------------------------------------------------

CudaStepper::Graph& CudaStepper::graph(const StepShape& shape) {
    auto& found = graphs_[shape];
    if (!found) {
        auto made = std::make_unique<Graph>();
        made->step = {.image = {1, shape.height, shape.width, channels_},
                      .means = out_channels_ == 2 * channels_ ? channels_ : out_channels_,
                      .out_channels = out_channels_,
                      .evaluations = shape.evaluations,
                      .updates = shape.updates,
                      .most_elements = shape.most_elements,
                      .entries = entries};
        if (shape.evaluations > 0) {
            made->program = &programs_->program(shape.evaluations, shape.height, shape.width);
            made->step.in = made->program->type(made->program->list().inputs[0]);
            made->step.out = made->program->type(made->program->list().output);
        }
        made->ring = PinnedMemory(entries * made->step.entry_bytes());
        made->state = DeviceMemory(made->step.state_bytes());
        queue_zeros(backend_.stream(), made->state.data(), made->state.bytes());
        made->step.ring = made->ring.data();
        made->step.state = made->state.data();
        check_step(made->step);
        found = std::move(made);
    }
    // Where another program has made the arena move, it is captured again.
    std::byte* arena = found->program ? backend_.arena(found->program->arena_bytes()) : nullptr;
    if (!found->graph || found->arena != arena) {
        found->arena = arena;
        found->graph = CudaGraph(backend_.stream(), [&](Stream) { queue(*found, shape, {}); });
    }
    return *found;
}

// All of a step, in its order. `nanoseconds`: empty, or one entry a node of the program, to which its time is added (the stream is then waited for).
void CudaStepper::queue(Graph& graph, const StepShape& shape, std::span<int64_t> nanoseconds) {
    const Stream stream = backend_.stream();
    begin_step(graph.step, stream);
    if (graph.program != nullptr) {
        const CudaProgram& program = *graph.program;
        const std::vector<Value>& inputs = program.list().inputs;
        CudaNetworkInputs to{.x = program.at(graph.arena, inputs[0]), .t = reinterpret_cast<float*>(program.at(graph.arena, inputs[1]))};
        if (inputs.size() > 2) {
            std::byte* there = program.at(graph.arena, inputs[2]);
            const int32_t numbers = programs_->network().embedding();
            if (numbers > 0) {
                to.embedding = there;
                to.embedding_type = program.type(inputs[2]);
                to.embedding_size = numbers;
            } else {
                to.word = reinterpret_cast<uint32_t*>(there);
            }
        }
        network_input(graph.step, stream, to);
        program.launch(stream, graph.arena, shape.evaluations, nanoseconds);
        network_output(graph.step, stream, program.at(graph.arena, program.list().output));
    }
    if (shape.updates > 0) {
        if (shape.bounds) find_bounds(graph.step, stream);
        update(graph.step, stream);
    }
}

// ---- Steps --------------------------------------------------------------------------------------------------------------------------

void CudaStepper::start(Slot& slot, float scale) {
    backend_.use();
    const Move move{.row = {.save = -1, .limit = INFINITY, .d = scale}, .slot = &slot};
    launch({}, {&move, 1});
}

void CudaStepper::step(std::span<const Evaluation> evaluations, std::span<const Move> moves) {
    backend_.use();
    ++steps_;
    for (size_t begin = 0; begin < evaluations.size();) {
        const int32_t height = evaluations[begin].slot->height(), width = evaluations[begin].slot->width();
        const auto chunk = size_t(programs_->chunk_rows(height, width));
        size_t end = begin;
        while (end < evaluations.size() && end - begin < chunk && evaluations[end].slot->height() == height && evaluations[end].slot->width() == width) ++end;
        launch(evaluations.subspan(begin, end - begin), end == evaluations.size() ? moves : std::span<const Move>{});
        begin = end;
    }
    if (evaluations.empty() && !moves.empty()) launch({}, moves);
    const std::lock_guard lock(mutex_);
    CudaEvent& done = done_[size_t(steps_ % most_under_way)];
    done.wait();  // for the step that many before: no more are under way
    done.record(backend_.stream());
}

void CudaStepper::wait(int64_t step) {
    backend_.use();
    const std::lock_guard lock(mutex_);
    done_[size_t(step % most_under_way)].wait();
}

void CudaStepper::launch(std::span<const Evaluation> evaluations, std::span<const Move> moves) {
    StepShape shape{.evaluations = int32_t(evaluations.empty() ? 0 : CudaPrograms::rounded_rows(int64_t(evaluations.size()))),
                 .updates = int32_t(moves.empty() ? 0 : CudaPrograms::rounded_rows(int64_t(moves.size())))};
    if (!evaluations.empty()) {
        shape.height = evaluations[0].slot->height();
        shape.width = evaluations[0].slot->width();
    }
    for (const Move& move : moves) {
        shape.most_elements = std::max(shape.most_elements, move.slot->elements(LGV_PLANE_X));
        shape.bounds = shape.bounds || move.row.quantile > 0;
    }
    Graph& graph = this->graph(shape);
    const int64_t turn = graph.launches++ % entries;
    graph.free[size_t(turn)].wait();
    fill(graph.ring.data() + turn * graph.step.entry_bytes(), evaluations, moves);
    if (profile_.on() && graph.program != nullptr) {
        std::vector<int64_t> nanoseconds(graph.program->list().nodes.size());
        queue(graph, shape, nanoseconds);
        profile_.add(*graph.program, nanoseconds);
    } else {
        graph.graph.launch(backend_.stream());
    }
    graph.free[size_t(turn)].record(backend_.stream());
}

void CudaStepper::fill(std::byte* entry, std::span<const Evaluation> evaluations, std::span<const Move> moves) {
    const StepHeader header{.evaluations = int32_t(evaluations.size()), .updates = int32_t(moves.size()), .reserved = {}};
    std::memcpy(entry, &header, sizeof header);
    auto* rows = reinterpret_cast<CudaEvaluation*>(entry + CudaStep::evaluations_at);
    std::map<const Slot*, size_t> last;  // evaluation of a slot in this launch
    const bool takes_timestep = programs_ != nullptr && programs_->network().unet()->class_embedding == ClassEmbedding::timestep;
    const bool by_table = programs_ != nullptr && programs_->network().unet()->time_embedding == TimeEmbedding::learned;
    for (size_t i = 0; i < evaluations.size(); ++i) {
        const Evaluation& e = evaluations[i];
        const auto number = [&](float t) { return by_table ? uint32_t(int32_t(t)) : std::bit_cast<uint32_t>(t); };
        const auto [before, leads] = last.try_emplace(e.slot, i);
        if (!leads) rows[before->second].next = int32_t(i);
        before->second = i;
        rows[i] = {.x = e.slot->plane(LGV_PLANE_X),
                   .out = e.slot->plane(LGV_PLANE_OUT),
                   .embedding = e.condition.embedding ? embedding_of(e.condition) : nullptr,
                   .s = e.s,
                   .t = std::bit_cast<float>(number(e.t)),
                   .word = takes_timestep ? number(e.condition.timestep) : uint32_t(e.condition.label),
                   .weight = e.weight,
                   .weight_variance = e.weight_variance,
                   .first = e.turn == 0,
                   .leads = leads,
                   .next = -1,
                   .reserved = {}};
    }
    auto* updates = reinterpret_cast<CudaUpdate*>(entry + CudaStep::updates_at(header.evaluations));
    for (size_t i = 0; i < moves.size(); ++i) updates[i] = update_of(moves[i]);
}

CudaUpdate CudaStepper::update_of(const Move& move) {
    Slot& slot = *move.slot;
    const int64_t elements = slot.elements(LGV_PLANE_X);
    SlotPlanes planes{.x = slot.plane(LGV_PLANE_X),
                      .x0 = slot.plane(LGV_PLANE_X0),
                      .out = slot.plane(LGV_PLANE_OUT),
                      .out2 = slot.plane(LGV_PLANE_OUT) + elements,
                      .history = {},
                      .noise = nullptr,
                      .known = slot.plane(LGV_PLANE_KNOWN),
                      .mask = slot.plane(LGV_PLANE_MASK),
                      .known_noise = nullptr,
                      .seed = slot.seed(),
                      .elements = elements,
                      .pixels = slot.elements(LGV_PLANE_MASK)};
    for (int i = 0; i < Slot::history_slots; ++i) planes.history[i] = slot.plane(LGV_PLANE_HISTORY, i);
    if (move.row.kn != 0) planes.known_noise = upload_draw(slot, move.row.known_draw, slot.known_noise_plane());
    if (move.row.d != 0) planes.noise = upload_draw(slot, move.row.draw, slot.plane(LGV_PLANE_NOISE));
    return {.update = {move.row, planes}, .reserved = 0};
}

// Philox is made by the kernel, written noise lies there already; PyTorch's generator runs on the host.
const float* CudaStepper::upload_draw(Slot& slot, int32_t draw, float* plane) {
    if (slot.noise_kind() == LGV_NOISE_WRITTEN) return slot.plane(LGV_PLANE_NOISE);
    const float* values = slot.torch_draw(draw);
    if (values == nullptr) return nullptr;
    // Behind the steps that are under way, which may still read the draw before.
    backend_.upload(reinterpret_cast<std::byte*>(plane), values, slot.elements(LGV_PLANE_X) * int64_t(sizeof(float)));
    return plane;
}

const float* CudaStepper::embedding_of(const Condition& condition) {
    // Those that the table of conditions has let go of; cudaFree waits for the steps that still read them.
    if (!embeddings_.contains(condition.embedding.get())) std::erase_if(embeddings_, [](const auto& entry) { return entry.second.first.use_count() == 1; });
    auto& [keep, memory] = embeddings_[condition.embedding.get()];
    if (!keep) {
        keep = condition.embedding;
        memory = DeviceMemory(int64_t(keep->size() * sizeof(float)));
        upload(memory.data(), keep->data(), memory.bytes());
    }
    return reinterpret_cast<const float*>(memory.data());
}

// ---- Planes -------------------------------------------------------------------------------------------------------------------------

// noise(index), where it is made on the host.
bool CudaStepper::draw(Slot& slot, int32_t index, float* out) const {
    const int64_t elements = slot.elements(LGV_PLANE_NOISE);
    if (slot.noise_kind() == LGV_NOISE_WRITTEN) return false;
    if (slot.noise_kind() == LGV_NOISE_PHILOX) philox_normals(slot.seed(), uint32_t(index), Purpose::sample, 0, elements, out);
    else std::copy_n(slot.torch_draw(index), elements, out);
    return true;
}

void CudaStepper::read(Slot& slot, int32_t plane, int32_t index, float* out, Side side) {
    backend_.use();
    const int64_t elements = slot.elements(plane), bytes = elements * int64_t(sizeof(float));
    if (plane == LGV_PLANE_NOISE && side == Side::host && draw(slot, index, out)) return;
    if (plane == LGV_PLANE_NOISE && side == Side::device) {
        std::vector<float> drawn(static_cast<size_t>(elements));
        if (draw(slot, index, drawn.data())) return backend_.upload(reinterpret_cast<std::byte*>(out), drawn.data(), bytes);
    }
    const auto* from = reinterpret_cast<const std::byte*>(slot.plane(plane, plane == LGV_PLANE_HISTORY ? index : 0));
    if (side == Side::device) return queue_copy(backend_.stream(), reinterpret_cast<std::byte*>(out), from, bytes);
    backend_.download(out, from, bytes);
}

void CudaStepper::write(Slot& slot, int32_t plane, int32_t index, const float* values, Side side) {
    backend_.use();
    const int64_t bytes = slot.elements(plane) * int64_t(sizeof(float));
    auto* to = reinterpret_cast<std::byte*>(slot.plane(plane, plane == LGV_PLANE_HISTORY ? index : 0));
    if (side == Side::device) return queue_copy(backend_.stream(), to, reinterpret_cast<const std::byte*>(values), bytes);
    backend_.upload(to, values, bytes);
}

void CudaStepper::pictures(std::span<Slot* const> slots, uint8_t* out, Side side) {
    backend_.use();
    const Shape image{1, slots[0]->height(), slots[0]->width(), channels_};
    const auto most = size_t(pictures_a_launch(image));
    for (size_t first = 0; first < slots.size(); first += most) {
        const std::span<Slot* const> some = slots.subspan(first, std::min(most, slots.size() - first));
        const int64_t bytes = int64_t(some.size()) * image.per_image();
        if (side == Side::host && pictures_.bytes() < bytes) pictures_ = DeviceMemory(bytes);
        PictureSources sources{};
        for (size_t i = 0; i < some.size(); ++i) sources.x[i] = some[i]->plane(LGV_PLANE_X);
        uint8_t* const there = side == Side::host ? reinterpret_cast<uint8_t*>(pictures_.data()) : out;
        write_pictures(sources, int32_t(some.size()), image, there, backend_.stream());
        if (side == Side::host) backend_.download(out, pictures_.data(), bytes);
        out += bytes;
    }
}

}  // namespace lgv
