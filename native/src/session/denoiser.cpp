#include "session/denoiser.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "session/condition.h"

namespace lgv {

namespace {

constexpr int32_t most_slots = 65536;
constexpr int32_t most_conditions = 65536;
constexpr int32_t most_extent = 16384;

const char* name_of_plane(int32_t plane) {
    static constexpr const char* names[] = {"X", "X0", "OUT", "NOISE", "HISTORY", "KNOWN", "MASK"};
    return names[plane];
}

}  // namespace

// ---- Opening and closing ------------------------------------------------------------------------------------------------------------

std::shared_ptr<Denoiser> Denoiser::open(std::shared_ptr<Model> model, int32_t slots) {
    expect(model->network().unet() != nullptr, Code::argument, model->name(), " classifies, it does not denoise: that takes a model that makes images");
    const UNet2DConfig& config = *model->network().unet();
    std::shared_ptr<Device> device = model->device();
    return std::shared_ptr<Denoiser>(new Denoiser(std::move(device), std::move(model), config.in_channels, config.out_channels, slots));
}

std::shared_ptr<Denoiser> Denoiser::open_bare(std::shared_ptr<Device> device, int32_t channels, int32_t out_channels, int32_t slots) {
    expect(channels >= 1 && channels <= 65536, Code::argument, "channels: ", channels, ", wanted 1 to 65536");
    expect(out_channels == channels || out_channels == 2 * channels, Code::argument, "out_channels: ", out_channels, ", wanted ", channels, ", as channels, or ",
           2 * channels, " for learned variance");
    return std::shared_ptr<Denoiser>(new Denoiser(std::move(device), nullptr, channels, out_channels, slots));
}

Denoiser::Denoiser(std::shared_ptr<Device> device, std::shared_ptr<Model> model, int32_t channels, int32_t out_channels, int32_t slots)
    : device_(std::move(device)), model_(std::move(model)), channels_(channels), out_channels_(out_channels), queue_(device_, "denoiser") {
    expect(slots >= 1 && slots <= most_slots, Code::argument, "slots: ", slots, ", wanted 1 to ", most_slots);
    slots_.resize(size_t(slots));
    stepper_ = model_ ? model_->programs().stepper() : device_->backend().stepper(channels, out_channels);
}

void Denoiser::close() { queue_.close(); }

void Denoiser::post(std::function<void()> work, bool is_step) { queue_.post(shared_from_this(), std::move(work), is_step); }

void Denoiser::wait(int64_t step) {
    const Use use(queue_);
    queue_.wait(step, "step");
    if (step != 0) return stepper_->wait(step);
    device_->run([this] { device_->backend().finish(); });  // there alone: a stream that is becoming a graph on the worker must not be waited for
}

// ---- Slots and conditions -----------------------------------------------------------------------------------------------------------

Slot& Denoiser::occupied(int32_t slot) const {
    expect(slot >= 0 && slot < int32_t(slots_.size()), Code::argument, "slot ", slot, ": there are 0 to ", slots_.size() - 1);
    expect(slots_[size_t(slot)] != nullptr, Code::argument, "slot ", slot, " is free: an image must join first");
    return *slots_[size_t(slot)];
}

void Denoiser::refuse_repeats(std::span<const int32_t> slots, const char* where) const {
    std::vector<bool> seen(slots_.size());
    for (const int32_t slot : slots) {
        if (slot < 0 || slot >= int32_t(slots_.size())) continue;  // refused by name elsewhere
        expect(!seen[size_t(slot)], Code::argument, where, ": slot ", slot, " comes twice");
        seen[size_t(slot)] = true;
    }
}

void Denoiser::check_condition(const lgv_condition& condition) const {
    expect(model_ != nullptr, Code::argument, "condition: a denoiser without a model takes none");
    const UNet2DConfig& config = unet();
    const auto takes = [&](ClassEmbedding kind) { return config.class_embedding == kind; };
    switch (condition.kind) {
        case LGV_CONDITION_LABEL:
            expect(takes(ClassEmbedding::table), Code::argument, "label ", condition.label, ": ", model_->name(), " takes no labels");
            expect(condition.label >= 0 && condition.label < config.num_class_embeds, Code::argument, "label ", condition.label, ": ", model_->name(),
                   " has 0 to ", config.num_class_embeds - 1);
            break;
        case LGV_CONDITION_TIMESTEP:
            expect(takes(ClassEmbedding::timestep), Code::argument, "condition timestep ", condition.timestep, ": ", model_->name(),
                   " takes none (its class_embed_type is not \"timestep\")");
            check_timestep(config, model_->name(), condition.timestep, "condition kind", LGV_CONDITION_TIMESTEP);
            break;
        case LGV_CONDITION_EMBEDDING:
            expect(takes(ClassEmbedding::identity), Code::argument, "condition embedding of ", condition.count, " numbers: ", model_->name(),
                   " takes none (its class_embed_type is not \"identity\")");
            expect(condition.count == config.time_embedding_dim, Code::argument, "condition embedding of ", condition.count, " numbers: ", model_->name(),
                   " takes ", config.time_embedding_dim);
            expect(condition.values != nullptr, Code::argument, "condition embedding: values is NULL");
            break;
        default: fail(Code::unsupported, "condition kind ", condition.kind, ", wanted one of enum lgv_condition_kind (0 to 2)");
    }
}

void Denoiser::set_condition(int32_t index, const lgv_condition& condition) {
    const Use use(queue_);
    expect(index >= 0 && index < most_conditions, Code::argument, "condition ", index, ": the table goes from 0 to ", most_conditions - 1);
    check_condition(condition);
    Condition entry;
    if (condition.kind == LGV_CONDITION_LABEL) entry.label = condition.label;
    if (condition.kind == LGV_CONDITION_TIMESTEP) entry.timestep = condition.timestep;
    if (condition.kind == LGV_CONDITION_EMBEDDING) {
        entry.embedding = std::make_shared<const std::vector<float>>(condition.values, condition.values + condition.count);
    }
    if (size_t(index) >= conditions_.size()) conditions_.resize(size_t(index) + 1);
    conditions_[size_t(index)] = std::move(entry);
}

Condition Denoiser::condition_of(int32_t index) const {
    const UNet2DConfig& config = unet();
    if (index == -1) {
        expect(config.class_embedding != ClassEmbedding::table || config.none_label >= 0, Code::argument, "condition -1 (none): ", model_->name(),
               " has labels, and its config.json does not say which means none (langevin_none_label)");
        expect(config.class_embedding == ClassEmbedding::none || config.class_embedding == ClassEmbedding::table, Code::argument, "condition -1 (none): ",
               model_->name(), " wants a condition for every image, a class ",
               config.class_embedding == ClassEmbedding::timestep ? "timestep" : "embedding");
        return {.label = config.none_label};
    }
    expect(index >= 0 && size_t(index) < conditions_.size() && conditions_[size_t(index)], Code::argument, "condition ", index, " has not been set");
    return *conditions_[size_t(index)];
}

std::shared_ptr<TorchNoise> Denoiser::batch_noise(std::span<const lgv_image> images) const {
    const lgv_image* first = nullptr;
    int64_t count = 0;
    for (const lgv_image& image : images) {
        if (image.noise != LGV_NOISE_TORCH_BATCH) continue;
        if (first == nullptr) first = &image;
        expect(image.seed == first->seed && image.height == first->height && image.width == first->width, Code::argument, "slot ", image.slot,
               ": images that share one generator have one seed (", first->seed, ", not ", image.seed, ") and one size");
        ++count;
    }
    if (first == nullptr) return nullptr;
    return std::make_shared<TorchNoise>(first->seed, count, int64_t{channels_} * first->height * first->width);
}

void Denoiser::join(std::span<const lgv_image> images) {
    const Use use(queue_);
    std::vector<lgv_image> joining(images.begin(), images.end());
    std::vector<int32_t> numbers;
    for (lgv_image& image : joining) {
        expect(image.slot >= 0 && image.slot < int32_t(slots_.size()), Code::argument, "slot ", image.slot, ": there are 0 to ", slots_.size() - 1);
        expect(slots_[size_t(image.slot)] == nullptr, Code::argument, "slot ", image.slot, " is taken: its image must leave first");
        expect(image.noise >= LGV_NOISE_PHILOX && image.noise <= LGV_NOISE_WRITTEN, Code::argument, "slot ", image.slot, ": noise ", image.noise,
               ", wanted one of enum lgv_noise (0 to 3)");
        expect(std::isfinite(image.start), Code::argument, "slot ", image.slot, ": start is ", image.start);
        if (image.height == 0 && image.width == 0 && model_ != nullptr) {
            image.height = unet().height;
            image.width = unet().width;
            expect(image.height > 0, Code::argument, "slot ", image.slot, ": ", model_->name(), " has no sample_size: say height and width");
        }
        expect(image.height >= 1 && image.height <= most_extent && image.width >= 1 && image.width <= most_extent, Code::argument, "slot ", image.slot,
               ": height ", image.height, " and width ", image.width, ", wanted 1 to ", most_extent);
        if (model_ != nullptr) model_->check_size(image.height, image.width);
        numbers.push_back(image.slot);
    }
    refuse_repeats(numbers, "join");

    const std::shared_ptr<TorchNoise> batch = batch_noise(joining);
    std::vector<std::shared_ptr<Slot>> made;
    int64_t in_batch = 0;
    for (const lgv_image& image : joining) {
        std::shared_ptr<TorchNoise> torch;
        int64_t torch_image = 0;
        if (image.noise == LGV_NOISE_TORCH_BATCH) {
            torch = batch;
            torch_image = in_batch++;
        } else if (image.noise == LGV_NOISE_TORCH) {
            torch = std::make_shared<TorchNoise>(image.seed, 1, int64_t{channels_} * image.height * image.width);
        }
        std::shared_ptr<std::byte> memory = device_->backend().device_memory(Slot::bytes(image, channels_, out_channels_));
        made.push_back(std::make_shared<Slot>(image, channels_, out_channels_, std::move(memory), std::move(torch), torch_image));
    }
    for (size_t i = 0; i < joining.size(); ++i) slots_[size_t(joining[i].slot)] = made[i];
    post([this, joining = std::move(joining), made = std::move(made)] {
        for (size_t i = 0; i < made.size(); ++i) {
            if (joining[i].start != 0) stepper_->start(*made[i], joining[i].start);
        }
    });
}

void Denoiser::leave(std::span<const int32_t> slots) {
    const Use use(queue_);
    refuse_repeats(slots, "leave");
    for (const int32_t slot : slots) occupied(slot);
    // Queued steps still point at the slots: they go when the worker has come this far.
    std::vector<std::shared_ptr<Slot>> leaving;
    for (const int32_t slot : slots) leaving.push_back(std::move(slots_[size_t(slot)]));
    post([leaving = std::move(leaving)]() mutable { leaving.clear(); });
}

// ---- Steps --------------------------------------------------------------------------------------------------------------------------

void Denoiser::check(const lgv_evaluation& evaluation, size_t i) const {
    expect(model_ != nullptr, Code::argument, "evaluation ", i, ": a denoiser without a model has updates only; write LGV_PLANE_OUT");
    occupied(evaluation.slot);
    const bool finite = std::isfinite(evaluation.t) && std::isfinite(evaluation.s) && std::isfinite(evaluation.weight) && std::isfinite(evaluation.weight_variance);
    expect(finite, Code::argument, "evaluation ", i, ": t ", evaluation.t, ", s ", evaluation.s, ", weight ", evaluation.weight, ", weight_variance ",
           evaluation.weight_variance, ": wanted finite numbers");
    check_timestep(unet(), model_->name(), evaluation.t, "evaluation", i);
    expect(evaluation.weight_variance == 0 || learned_variance(), Code::argument, "evaluation ", i, ": weight_variance ", evaluation.weight_variance, ": ",
           model_->name(), " makes ", out_channels_, " channels of ", channels_, ", and has no learned variance; wanted 0");
}

void Denoiser::check(const lgv_update& u, size_t i) const {
    occupied(u.slot);
    const float numbers[] = {u.p, u.q, u.a, u.b, u.e, u.d, u.c[0], u.c[1], u.c[2], u.c[3], u.ka, u.kn, u.sx, u.s0, u.so, u.sh};
    for (const float number : numbers) {
        expect(std::isfinite(number), Code::argument, "update ", i, ": a coefficient is ", number, ", wanted finite numbers");
    }
    expect(u.limit > 0 || (u.p == 0 && u.q == 0), Code::argument, "update ", i, ": limit ", u.limit, ", wanted more than 0 (INFINITY for none)");
    expect(u.save >= -1 && u.save < Slot::history_slots, Code::argument, "update ", i, ": save ", u.save, ", wanted a history slot 0 to 3, or -1");
    expect(u.draw >= 0, Code::argument, "update ", i, ": draw ", u.draw, ", wanted 0 or more");
    expect(u.known_draw >= 0, Code::argument, "update ", i, ": known_draw ", u.known_draw, ", wanted 0 or more");
    expect(u.quantile >= 0 && u.quantile <= 1, Code::argument, "update ", i, ": quantile ", u.quantile, ", wanted 0 to 1");
    expect(u.variance >= 0 && u.variance <= 2, Code::argument, "update ", i, ": variance ", u.variance, ", wanted 0, 1 (range) or 2 (direct)");
    expect(u.variance == 0 || learned_variance(), Code::argument, "update ", i, ": variance ", u.variance, ": out has ", out_channels_, " channels, the image ",
           channels_, "; learned variance wants ", 2 * int64_t{channels_});
    expect(u.variance != 1 || (std::isfinite(u.logvar_lo) && std::isfinite(u.logvar_hi)), Code::argument, "update ", i, ": logvar_lo ", u.logvar_lo,
           ", logvar_hi ", u.logvar_hi, ": wanted finite numbers");
    const bool reads_out = u.q != 0 || u.e != 0 || (u.save >= 0 && u.so != 0);
    expect(!reads_out || out_channels_ == channels_ || learned_variance(), Code::argument, "update ", i, " reads out, which has ", out_channels_,
           " channels, the image ", channels_, "; wanted as many, or twice as many");
}

void Denoiser::step(std::span<const lgv_evaluation> evaluations, std::span<const lgv_update> updates) {
    const Use use(queue_);
    std::vector<int32_t> turns(evaluations.empty() ? 0 : slots_.size());
    std::vector<Evaluation> to_run;
    to_run.reserve(evaluations.size());
    for (size_t i = 0; i < evaluations.size(); ++i) {
        const lgv_evaluation& e = evaluations[i];
        check(e, i);
        Condition condition = condition_of(e.condition);
        if (e.weight == 0 && e.weight_variance == 0) continue;
        to_run.push_back({slots_[size_t(e.slot)].get(), std::move(condition), e.t, e.s, e.weight, e.weight_variance, turns[size_t(e.slot)]++});
    }
    std::vector<int32_t> moved;
    moved.reserve(updates.size());
    std::vector<Move> moves;
    moves.reserve(updates.size());
    for (size_t i = 0; i < updates.size(); ++i) {
        check(updates[i], i);
        moved.push_back(updates[i].slot);
        moves.push_back({updates[i], slots_[size_t(updates[i].slot)].get()});
    }
    refuse_repeats(moved, "updates");
    // One program takes images of one size; and a launch takes the evaluations of a slot in different turns apart (see launch).
    std::stable_sort(to_run.begin(), to_run.end(), [](const Evaluation& a, const Evaluation& b) {
        return std::tuple(a.slot->height(), a.slot->width(), a.turn) < std::tuple(b.slot->height(), b.slot->width(), b.turn);
    });
    post([this, to_run = std::move(to_run), moves = std::move(moves)] { stepper_->step(to_run, moves); }, true);
}

// ---- Planes -------------------------------------------------------------------------------------------------------------------------

int64_t Denoiser::check_plane(std::span<const int32_t> slots, int32_t plane, int32_t index) const {
    expect(plane >= LGV_PLANE_X && plane <= LGV_PLANE_MASK, Code::argument, "plane ", plane, ", wanted one of enum lgv_plane (0 to ", int(LGV_PLANE_MASK), ")");
    const bool is_history = plane == LGV_PLANE_HISTORY;
    const bool is_noise = plane == LGV_PLANE_NOISE;
    expect(is_noise ? index >= 0 : index >= 0 && index < (is_history ? Slot::history_slots : 1), Code::argument, "plane ", name_of_plane(plane), ", index ",
           index, ": wanted ", is_noise ? "a draw, 0 or more" : is_history ? "0 to 3" : "0");
    int64_t total = 0;
    for (const int32_t slot : slots) total += occupied(slot).elements(plane);
    return total;
}

void Denoiser::check_written(std::span<const int32_t> slots, int32_t plane, const char* where) const {
    expect(plane != LGV_PLANE_X0, Code::argument, "plane X0 is read only: updates write it");
    refuse_repeats(slots, where);
    for (const int32_t slot : slots) {
        expect(plane != LGV_PLANE_NOISE || occupied(slot).noise_kind() == LGV_NOISE_WRITTEN, Code::argument, "slot ", slot,
               ": its noise is made from its seed; only that of LGV_NOISE_WRITTEN is written");
    }
}

std::vector<Slot*> Denoiser::pointers(std::span<const int32_t> slots) const {
    std::vector<Slot*> pointers;
    for (const int32_t slot : slots) pointers.push_back(&occupied(slot));
    return pointers;
}

void Denoiser::read(std::span<const int32_t> slots, int32_t plane, int32_t index, float* out, int64_t count) {
    const Use use(queue_);
    const int64_t wanted = check_plane(slots, plane, index);
    expect(count == wanted, Code::argument, "read: room for ", count, " numbers, ", name_of_plane(plane), " of the ", slots.size(), " slots has ", wanted);
    post([this, sources = pointers(slots), plane, index, out] {
        float* to = out;
        for (Slot* slot : sources) {
            stepper_->read(*slot, plane, index, to, Side::host);
            to += slot->elements(plane);
        }
    });
    queue_.drain();
}

void Denoiser::write(std::span<const int32_t> slots, int32_t plane, int32_t index, const float* values, int64_t count) {
    const Use use(queue_);
    const int64_t wanted = check_plane(slots, plane, index);
    check_written(slots, plane, "write");
    expect(count == wanted, Code::argument, "write: ", count, " numbers, ", name_of_plane(plane), " of the ", slots.size(), " slots has ", wanted);
    post([this, sinks = pointers(slots), plane, index, copy = std::vector<float>(values, values + count)] {
        const float* from = copy.data();
        for (Slot* slot : sinks) {
            stepper_->write(*slot, plane, index, from, Side::host);
            from += slot->elements(plane);
        }
    });
}

// ---- Pictures and tensors -----------------------------------------------------------------------------------------------------------

const Slot& Denoiser::one_size(std::span<const int32_t> slots, const char* where) const {
    expect(!slots.empty(), Code::argument, where, ": no slots, wanted 1 or more");
    const Slot& first = occupied(slots[0]);
    for (const int32_t slot : slots) {
        const Slot& other = occupied(slot);
        expect(other.height() == first.height() && other.width() == first.width(), Code::argument, where, ": slot ", slots[0], " is ", first.height(), " x ", first.width(),
               " pixels, slot ", slot, " is ", other.height(), " x ", other.width(), ": ask for those of one size at a time");
    }
    return first;
}

void Denoiser::check_tensor(std::span<const int32_t> slots, int32_t plane, const Tensor& tensor, bool pictures, const char* where) const {
    expect(tensor.device() == device_, Code::argument, where, ": the tensor ", tensor.text(), " was opened on another device than the denoiser");
    const Slot& first = one_size(slots, where);
    const auto count = int64_t(slots.size());
    const int64_t height = first.height(), width = first.width(), channels = plane == LGV_PLANE_OUT ? out_channels_ : channels_;
    const std::vector<int64_t> planes = plane == LGV_PLANE_MASK ? std::vector{count, height, width} : std::vector{count, channels, height, width};
    if (tensor.type() == LGV_TYPE_FLOAT32 && tensor.shape() == planes) return;
    const std::vector<int64_t> bytes{count, height, width, channels};
    if (pictures && tensor.type() == LGV_TYPE_UINT8 && tensor.shape() == bytes) return;
    fail(Code::argument, where, ": a tensor ", tensor.text(), " for ", name_of_plane(plane), " of ", count, count == 1 ? " slot" : " slots", ", wanted ",
         to_text(LGV_TYPE_FLOAT32, planes), pictures ? text(", or ", to_text(LGV_TYPE_UINT8, bytes), " for pictures") : "");
}

void Denoiser::read_pictures(std::span<const int32_t> slots, uint8_t* out, int64_t bytes) {
    const Use use(queue_);
    const int64_t wanted = int64_t(slots.size()) * one_size(slots, "read_pictures").elements(LGV_PLANE_X);
    expect(bytes == wanted, Code::argument, "read_pictures: room for ", bytes, " bytes, the pictures of the ", slots.size(), " slots have ", wanted);
    post([this, sources = pointers(slots), out] { stepper_->pictures(sources, out, Side::host); });
    queue_.drain();
}

void Denoiser::read_tensor(std::span<const int32_t> slots, int32_t plane, int32_t index, std::shared_ptr<Tensor> tensor) {
    const Use use(queue_);
    check_plane(slots, plane, index);
    check_tensor(slots, plane, *tensor, plane == LGV_PLANE_X, "read_tensor");
    tensor->check_written();
    post([this, sources = pointers(slots), plane, index, tensor = std::move(tensor)] {
        if (tensor->type() == LGV_TYPE_UINT8) return stepper_->pictures(sources, reinterpret_cast<uint8_t*>(tensor->data()), Side::device);
        auto* to = reinterpret_cast<float*>(tensor->data());
        for (Slot* slot : sources) {
            stepper_->read(*slot, plane, index, to, Side::device);
            to += slot->elements(plane);
        }
    });
}

void Denoiser::write_tensor(std::span<const int32_t> slots, int32_t plane, int32_t index, std::shared_ptr<Tensor> tensor) {
    const Use use(queue_);
    check_plane(slots, plane, index);
    check_written(slots, plane, "write_tensor");
    check_tensor(slots, plane, *tensor, false, "write_tensor");
    post([this, sinks = pointers(slots), plane, index, tensor = std::move(tensor)] {
        const auto* from = reinterpret_cast<const float*>(tensor->data());
        for (Slot* slot : sinks) {
            stepper_->write(*slot, plane, index, from, Side::device);
            from += slot->elements(plane);
        }
    });
}

// ---- Profile ------------------------------------------------------------------------------------------------------------------------

void Denoiser::set_profiling(bool on) {
    const Use use(queue_);
    post([this, on] { stepper_->profiling(on); });
}

std::string Denoiser::profile() {
    const Use use(queue_);
    queue_.drain();
    return stepper_->profile();
}

}  // namespace lgv
