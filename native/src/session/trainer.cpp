#include "session/trainer.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "io/json.h"
#include "models/initial_weights.h"
#include "ops/noising/noising.h"
#include "ops/optimizer/optimizer.h"
#include "session/condition.h"

namespace lgv {

namespace {

constexpr int32_t most_rows = 1 << 20;
constexpr int32_t most_extent = 16384;
constexpr size_t most_metrics = 4096;

// Images of one launch, forward and backward. Activations of a launch live until its backward pass has met them: few enough that layers find what their
// neighbours left in the caches, and that memory does not grow with the batch; enough that what a launch costs once (a sweep over the weights'
// gradients) is small. A matter of the shape alone, because sums over images are cut by it.
constexpr int64_t most_chunk_rows = 16;
constexpr int64_t most_chunk_floats = int64_t{64} << 20;

float* floats(const Memory& memory) { return reinterpret_cast<float*>(memory.data()); }

std::vector<std::vector<int64_t>> shapes_of(const std::vector<ParameterInfo>& parameters) {
    std::vector<std::vector<int64_t>> shapes;
    for (const ParameterInfo& info : parameters) shapes.push_back(info.shape);
    return shapes;
}

void check_settings(const lgv_trainer_settings& how) {
    expect(how.optimizer == LGV_OPTIMIZER_ADAMW || how.optimizer == LGV_OPTIMIZER_ADAM, Code::argument, "optimizer ", how.optimizer,
           ", wanted one of enum lgv_optimizer (0 to 1)");
    expect(how.initialisation == LGV_INITIALISATION_PYTORCH || how.initialisation == LGV_INITIALISATION_HO, Code::argument, "initialisation ", how.initialisation,
           ", wanted one of enum lgv_initialisation (0 to 1)");
    for (const auto& [name, beta] : {std::pair("beta1", how.beta1), std::pair("beta2", how.beta2)})
        expect(beta >= 0 && beta < 1, Code::argument, name, " ", beta, ", wanted 0 or more and less than 1");
    expect(how.eps > 0 && std::isfinite(how.eps), Code::argument, "eps ", how.eps, ", wanted more than 0");
    expect(how.weight_decay >= 0 && std::isfinite(how.weight_decay), Code::argument, "weight_decay ", how.weight_decay, ", wanted 0 or more");
    expect(how.max_grad_norm > 0, Code::argument, "max_grad_norm ", how.max_grad_norm, ", wanted more than 0 (INFINITY: gradients are not clipped)");
    expect(how.averages >= 0 && how.averages <= int32_t(most_averages), Code::argument, "averages ", how.averages, ", wanted 0 to ", most_averages);
}

}  // namespace

// ---- Opening ------------------------------------------------------------------------------------------------------------------------

std::shared_ptr<Trainer> Trainer::open(std::shared_ptr<Device> device, ModelTexts texts, const lgv_trainer_settings& settings) {
    const auto trainer = std::shared_ptr<Trainer>(new Trainer(std::move(device), std::move(texts), settings));
    const auto how = settings.initialisation == LGV_INITIALISATION_HO ? Initialisation::ho : Initialisation::pytorch;
    initial_weights(trainer->network_.smallest(), how, settings.seed, floats(trainer->weights_));
    trainer->begin();
    return trainer;
}

std::shared_ptr<Trainer> Trainer::open_from(const Model& model, const lgv_trainer_settings& settings) {
    const auto trainer = std::shared_ptr<Trainer>(new Trainer(model.device(), model.texts(), settings));
    model.read_weights(floats(trainer->weights_));
    trainer->begin();
    return trainer;
}

Trainer::Trainer(std::shared_ptr<Device> device, ModelTexts texts, const lgv_trainer_settings& settings)
    : device_(std::move(device)),
      texts_(std::move(texts)),
      settings_(settings),
      network_(Network::parse(texts_.config.json, texts_.config.name)),
      name_(texts_.config.name),
      queue_(device_, "trainer") {
    check_settings(settings);
    check_labels(texts_.labels, network_);
    expect(!network_.classifier() || texts_.scheduler.name.empty(), Code::argument, texts_.scheduler.name, " is given, and ", name_,
           " is a classifier's: it has no scheduler");
    expect(!network_.unet() || network_.out_channels() == network_.in_channels(), Code::unsupported, name_, ": out_channels ", network_.out_channels(),
           ", in_channels ", network_.in_channels(), ": a trainer wants a network that says one number for each number of the image (learned variance is not trained)");
    texts_.note.clear();
    const OpList list = network_.smallest(Mode::training);
    parameters_ = list.parameters;
    offsets_ = list.parameter_offsets();
    trained_ = trained_parameters(list);
    count_ = list.parameter_elements();
    for (Memory* memory : {&weights_, &gradients_, &first_moments_, &second_moments_}) *memory = Memory(count_ * int64_t(sizeof(float)));
    for (int32_t i = 0; i < settings_.averages; ++i) averages_.emplace_back(count_ * int64_t(sizeof(float)));
}

void Trainer::begin() {
    for (const Memory& average : averages_) std::memcpy(average.data(), weights_.data(), size_t(weights_.bytes()));
    packed_ = std::make_unique<Weights>(shapes_of(parameters_), floats(weights_));
}

void Trainer::close() { queue_.close(); }

void Trainer::post(std::function<void()> work, bool is_update) { queue_.post(shared_from_this(), std::move(work), is_update); }

// ---- What it is ---------------------------------------------------------------------------------------------------------------------

lgv_trainer_description Trainer::describe() {
    const Use use(queue_);
    return {.in_channels = network_.in_channels(),
            .out_channels = network_.out_channels(),
            .height = network_.height(),
            .width = network_.width(),
            .labels = network_.labels(),
            .none_label = network_.none_label(),
            .embedding = network_.embedding(),
            .tensors = int32_t(parameters_.size()),
            .parameters = count_,
            .state_bytes = int64_t(4 + averages_.size()) * count_ * int64_t(sizeof(float)),
            .packed_bytes = packed_->packed_bytes()};
}

std::string Trainer::parameters() {
    const Use use(queue_);
    JsonWriter json;
    json.open('[');
    for (size_t i = 0; i < parameters_.size(); ++i) {
        json.open('{').key("name").value(parameters_[i].name).key("shape").open('[');
        for (const int64_t extent : parameters_[i].shape) json.value(extent);
        json.close(']').key("offset").value(offsets_[i]).key("trained").value(bool(trained_[i])).close('}');
    }
    return json.close(']').text();
}

int64_t Trainer::fit(int32_t& height, int32_t& width) {
    if (height == 0 && width == 0) {
        height = network_.height();
        width = network_.width();
        expect(height > 0, Code::argument, name_, " has no sample_size: say height and width");
    }
    expect(height >= 1 && height <= most_extent && width >= 1 && width <= most_extent, Code::argument, "height ", height, " and width ", width, ", wanted 1 to ",
           most_extent);
    int64_t& chunk = chunks_[{height, width}];
    if (chunk != 0) return chunk;
    try {
        const OpList list = network_.emit(1, height, width, Mode::training);
        int64_t kept = 0;
        for (const Shape& shape : list.shapes.all) kept += shape.per_image();
        chunk = std::clamp(most_chunk_floats / kept, int64_t{1}, most_chunk_rows);
    } catch (const Error& error) {
        chunks_.erase({height, width});
        fail(Code::argument, "images of ", height, "x", width, " do not fit ", name_, sizes_that_fit(network_, height, width), ": ", error.what());
    }
    return chunk;
}

const Trainer::Pass& Trainer::pass(int64_t rows, int32_t height, int32_t width) {
    auto& pass = passes_[{rows, height, width}];
    if (!pass) {
        OpList list = network_.emit(rows, height, width, Mode::training);
        const TrainingValues values = differentiate(list);
        pass = std::make_unique<Pass>(Pass{CpuProgram(std::move(list), *packed_, device_->isa(), device_->threads()), values});
    }
    return *pass;
}

lgv_plan_description Trainer::plan(int32_t rows, int32_t height, int32_t width) {
    const Use use(queue_);
    expect(rows >= 1 && rows <= most_rows, Code::argument, "rows ", rows, ", wanted 1 to ", most_rows);
    const int64_t chunk = std::min<int64_t>(fit(height, width), rows);
    queue_.drain();
    const CpuProgram& program = pass(chunk, height, width).program;
    return {.arena_bytes = program.arena_bytes(),
            .weight_bytes = packed_->packed_bytes(),
            .flops = program.flops() / chunk * rows,
            .ops = int32_t(program.list().nodes.size()),
            .rows = int32_t(chunk)};
}

std::string Trainer::dump(int32_t rows, int32_t height, int32_t width) {
    const Use use(queue_);
    expect(rows >= 1 && rows <= most_rows, Code::argument, "rows ", rows, ", wanted 1 to ", most_rows);
    const int64_t chunk = std::min<int64_t>(fit(height, width), rows);
    queue_.drain();
    return pass(chunk, height, width).program.dump();
}

// ---- Batches ------------------------------------------------------------------------------------------------------------------------

void Trainer::check(const lgv_training_row& row, size_t i) const {
    const auto finite = [&](float number) { expect(std::isfinite(number), Code::argument, "row ", i, ": a coefficient is ", number, ", wanted finite numbers"); };
    for (const float number : {row.a, row.b, row.s, row.w}) finite(number);
    expect(row.w >= 0, Code::argument, "row ", i, ": w ", row.w, ", wanted 0 or more");
    expect(row.flip == 0 || row.flip == 1, Code::argument, "row ", i, ": flip ", row.flip, ", wanted 0 or 1");
    if (network_.classifier()) {
        expect(row.label >= 0 && row.label < network_.classes(), Code::argument, "row ", i, ": label ", row.label, ": ", name_, " has classes 0 to ",
               network_.classes() - 1);
        return;
    }
    for (const float number : {row.u, row.v}) finite(number);
    const UNet2DConfig& unet = *network_.unet();
    check_timestep(unet, name_, row.t, "row", i);
    switch (unet.class_embedding) {
        case ClassEmbedding::none: break;
        case ClassEmbedding::table:
            expect(row.label >= -1 && row.label < unet.num_class_embeds, Code::argument, "row ", i, ": label ", row.label, ": ", name_, " has 0 to ",
                   unet.num_class_embeds - 1);
            expect(row.label >= 0 || unet.none_label >= 0, Code::argument, "row ", i, ": label -1 (none): ", name_,
                   " does not say which label means none (langevin_none_label)");
            break;
        case ClassEmbedding::timestep: check_timestep(unet, name_, row.class_timestep, "class timestep of row", i); break;
        case ClassEmbedding::identity: break;
    }
}

void Trainer::check(const Batch& batch) const {
    expect(batch.pixels == LGV_PIXELS_UINT8 || batch.pixels == LGV_PIXELS_FLOAT32, Code::argument, "pixels ", batch.pixels,
           ", wanted one of enum lgv_pixels (0 to 1)");
    expect(!batch.rows.empty() && batch.rows.size() <= size_t(most_rows), Code::argument, "a batch of ", batch.rows.size(), " images, wanted 1 to ", most_rows);
    expect(batch.images != nullptr, Code::argument, "images is NULL");
    const bool takes_embeddings = network_.embedding() > 0;
    expect((batch.embeddings != nullptr) == takes_embeddings, Code::argument,
           takes_embeddings ? "embeddings is NULL: " : "embeddings are given: ", name_,
           takes_embeddings ? text(" wants ", network_.embedding(), " numbers for each image") : " takes none (its class_embed_type is not \"identity\")");
    for (size_t i = 0; i < batch.rows.size(); ++i) check(batch.rows[i], i);
}

void Trainer::accumulate(Batch batch) {
    const Use use(queue_);
    const int64_t chunk = fit(batch.height, batch.width);
    check(batch);
    queue_.wait_for_room(1);  // the batch before may be at work, the one before that is done: its memory is free
    Staged& staged = staged_[batches_ % 2];
    const auto count = batch.rows.size(), pixels = size_t(network_.in_channels()) * size_t(batch.height) * size_t(batch.width);
    const auto* images = static_cast<const std::byte*>(batch.images);
    staged.images.assign(images, images + count * pixels * (batch.pixels == LGV_PIXELS_UINT8 ? 1 : sizeof(float)));
    staged.rows.assign(batch.rows.begin(), batch.rows.end());
    staged.noise.assign(batch.noise, batch.noise == nullptr ? nullptr : batch.noise + count * pixels);
    staged.embeddings.assign(batch.embeddings, batch.embeddings == nullptr ? nullptr : batch.embeddings + count * size_t(network_.embedding()));
    staged.pixels = batch.pixels;
    staged.height = batch.height;
    staged.width = batch.width;
    staged.chunk = chunk;
    ++batches_;
    unapplied_ += int64_t(count);
    post([this, &staged] { run(staged); });
}

void Trainer::run(const Staged& batch) {
    const auto chunk = size_t(batch.chunk);
    for (size_t first = 0; first < batch.rows.size(); first += chunk) launch(batch, first, std::min(chunk, batch.rows.size() - first));
    images_ += int64_t(batch.rows.size());
}

void Trainer::launch(const Staged& batch, size_t first, size_t rows) {
    const Pass& pass = this->pass(int64_t(rows), batch.height, batch.width);
    const CpuProgram& program = pass.program;
    std::byte* arena = device_->arena(program.arena_bytes());
    const auto floats_at = [&](Value value) { return reinterpret_cast<float*>(program.at(arena, value)); };
    const Shape image{1, batch.height, batch.width, network_.in_channels()};
    const auto pixels = size_t(image.elements());

    std::vector<NoisedImage> images(rows);
    for (size_t i = 0; i < rows; ++i) {
        const lgv_training_row& row = batch.rows[first + i];
        const bool bytes = batch.pixels == LGV_PIXELS_UINT8;
        images[i] = {.pixels = batch.images.data() + (first + i) * pixels * (bytes ? 1 : sizeof(float)), .bytes = bytes, .flip = row.flip != 0,
                     .noise = batch.noise.empty() ? nullptr : batch.noise.data() + (first + i) * pixels, .seed = row.seed,
                     .a = row.a, .b = row.b, .s = row.s, .u = row.u, .v = row.v};
        floats_at(pass.values.weight)[i] = row.w;
        if (const UNet2DConfig* unet = network_.unet()) {
            tell(*unet, batch, first + i, program, arena, i);
        } else {
            reinterpret_cast<int32_t*>(program.at(arena, pass.values.target))[i] = row.label;
        }
    }
    noise_images(device_->team(), images, image, floats_at(program.list().inputs[0]), network_.unet() ? floats_at(pass.values.target) : nullptr);

    std::vector<int64_t> nanoseconds(profile_.on() ? program.list().nodes.size() : 0);
    program.launch(device_->team(), arena, int64_t(rows), nanoseconds, floats(gradients_));
    for (size_t i = 0; i < rows; ++i) loss_ += double(floats_at(pass.values.loss)[i]);
    if (profile_.on()) profile_.add(program, nanoseconds);
}

// What a U-Net is told of image i of a batch besides its pixels, in row `row` of the inputs behind the first.
void Trainer::tell(const UNet2DConfig& unet, const Staged& batch, size_t i, const CpuProgram& program, std::byte* arena, size_t row) const {
    const lgv_training_row& numbers = batch.rows[i];
    size_t next = 1;
    const auto input = [&] { return program.at(arena, program.list().inputs[next++]); };
    write_timestep(unet, numbers.t, input(), row);
    if (unet.class_embedding != ClassEmbedding::none) {
        const float* embedding = batch.embeddings.empty() ? nullptr : batch.embeddings.data() + i * size_t(unet.time_embedding_dim);
        const int32_t label = numbers.label >= 0 ? numbers.label : unet.none_label;
        write_class(unet, {label, numbers.class_timestep, embedding}, input(), row);
    }
    if (unet.dropout > 0) std::memcpy(input() + sizeof numbers.seed * row, &numbers.seed, sizeof numbers.seed);
}

// ---- Updates ------------------------------------------------------------------------------------------------------------------------

void Trainer::apply(double learning_rate, std::span<const double> decays) {
    const Use use(queue_);
    expect(learning_rate >= 0 && std::isfinite(learning_rate), Code::argument, "learning_rate ", learning_rate, ", wanted 0 or more");
    expect(decays.size() == averages_.size(), Code::argument, decays.size(), " decays, the trainer keeps ", averages_.size(), " moving averages");
    for (const double decay : decays) expect(decay >= 0 && decay <= 1, Code::argument, "decay ", decay, ", wanted 0 to 1");
    expect(unapplied_ > 0, Code::argument, "apply: nothing has been accumulated since the last update");
    unapplied_ = 0;
    ++updates_;
    post([this, learning_rate, decays = std::vector<double>(decays.begin(), decays.end())] { update(learning_rate, decays); }, true);
}

void Trainer::update(double learning_rate, std::span<const double> decays) {
    ThreadTeam& team = device_->team();
    const double images = double(images_), norm = std::sqrt(squared_norm(team, floats(gradients_), count_)) / images;
    const bool skip = !std::isfinite(norm);
    if (skip) {
        std::memset(gradients_.data(), 0, size_t(gradients_.bytes()));
    } else {
        ++moves_;
        // torch.nn.utils.clip_grad_norm_ adds this to the norm, lest it be 0.
        constexpr double norm_eps = 1e-6;
        const double clip = std::min(1.0, settings_.max_grad_norm / (norm + norm_eps));
        const AdamUpdate how{.learning_rate = learning_rate, .beta1 = settings_.beta1, .beta2 = settings_.beta2, .eps = settings_.eps,
                             .weight_decay = settings_.weight_decay, .decoupled = settings_.optimizer == LGV_OPTIMIZER_ADAMW, .step = moves_,
                             .gradient_scale = clip / images};
        // Runs of parameters that are trained; mostly one.
        for (size_t i = 0; i < trained_.size();) {
            if (!trained_[i]) {
                ++i;
                continue;
            }
            const int64_t begin = offsets_[i];
            while (i < trained_.size() && trained_[i]) ++i;
            const int64_t end = i < offsets_.size() ? offsets_[i] : count_;
            std::vector<MovingAverage> averages;
            for (size_t k = 0; k < averages_.size(); ++k) averages.push_back({floats(averages_[k]) + begin, decays[k]});
            adam_update(team, how, {floats(weights_) + begin, floats(gradients_) + begin, floats(first_moments_) + begin, floats(second_moments_) + begin, end - begin},
                        averages);
        }
        packed_->refresh(team);
    }
    const lgv_training_metrics made{.update = ++done_, .loss = loss_ / images, .grad_norm = norm, .learning_rate = learning_rate, .images = int32_t(images_),
                                    .skipped = skip ? 1 : 0};
    loss_ = 0;
    images_ = 0;
    const std::lock_guard lock(metrics_mutex_);
    metrics_.push_back(made);
    if (metrics_.size() > most_metrics) metrics_.pop_front();
}

int32_t Trainer::metrics(int64_t first, std::span<lgv_training_metrics> out) {
    const Use use(queue_);
    const std::lock_guard lock(metrics_mutex_);
    expect(first >= 1, Code::argument, "update ", first, ": the first is 1");
    const int64_t oldest = metrics_.empty() ? first : metrics_.front().update;
    expect(first >= oldest, Code::argument, "update ", first, ": the last ", most_metrics, " are kept, from ", oldest, " on");
    int32_t count = 0;
    for (size_t i = size_t(first - oldest); i < metrics_.size() && size_t(count) < out.size(); ++i) out[size_t(count++)] = metrics_[i];
    return count;
}

void Trainer::wait(int64_t update) {
    const Use use(queue_);
    expect(update == 0 || update > resumed_, Code::argument, "update ", update, ": the first since the trainer went on is ", resumed_ + 1);
    queue_.wait(update == 0 ? 0 : update - resumed_, "update");
}

// ---- State --------------------------------------------------------------------------------------------------------------------------

float* Trainer::arena(int32_t which, int64_t offset, int64_t count) {
    const auto averages = int32_t(averages_.size());
    expect(which >= LGV_ARENA_WEIGHTS && which < LGV_ARENA_AVERAGE + averages, Code::argument, "arena ", which, ", wanted one of enum lgv_arena: 0 to 3, and ",
           averages == 0 ? std::string("no moving average is kept") : text(int(LGV_ARENA_AVERAGE), " to ", LGV_ARENA_AVERAGE + averages - 1, " for the moving averages"));
    expect(offset >= 0 && count >= 0 && offset <= count_ && count <= count_ - offset, Code::argument, "numbers ", offset, " to ", offset + count - 1,
           " of an arena of ", count_);
    const Memory* memories[] = {&weights_, &gradients_, &first_moments_, &second_moments_};
    return floats(which < LGV_ARENA_AVERAGE ? *memories[which] : averages_[size_t(which - LGV_ARENA_AVERAGE)]) + offset;
}

void Trainer::read(int32_t which, int64_t offset, float* out, int64_t count) {
    const Use use(queue_);
    const float* from = arena(which, offset, count);
    queue_.drain();
    std::copy_n(from, count, out);
}

void Trainer::write(int32_t which, int64_t offset, const float* values, int64_t count) {
    const Use use(queue_);
    float* to = arena(which, offset, count);
    queue_.drain();
    std::copy_n(values, count, to);
    if (which != LGV_ARENA_WEIGHTS) return;
    post([this] { packed_->refresh(device_->team()); });
    queue_.drain();
}

std::pair<int64_t, int64_t> Trainer::progress() {
    const Use use(queue_);
    queue_.drain();
    return {updates_, moves_};
}

void Trainer::resume(int64_t updates, int64_t moves) {
    const Use use(queue_);
    expect(batches_ == 0, Code::argument, "resume: ", batches_, " batches have been accumulated; a trainer goes on from elsewhere only before the first");
    expect(moves >= 0 && updates >= moves, Code::argument, "resume: ", updates, " updates of which ", moves, " moved the weights");
    queue_.drain();
    updates_ = done_ = resumed_ = updates;
    moves_ = moves;
}

std::shared_ptr<Model> Trainer::model(int32_t average) {
    const Use use(queue_);
    expect(average >= -1 && average < int32_t(averages_.size()), Code::argument, "average ", average, ", wanted -1 (the weights) to ", int64_t(averages_.size()) - 1);
    queue_.drain();
    const auto copy = std::make_shared<Memory>(weights_.bytes());
    std::memcpy(copy->data(), average < 0 ? weights_.data() : averages_[size_t(average)].data(), size_t(copy->bytes()));
    return Model::of_weights(device_, text("a trainer's model after ", updates_, " updates"), texts_, copy);
}

void Trainer::set_profiling(bool on) {
    const Use use(queue_);
    post([this, on] { profile_.turn(on); });
}

std::string Trainer::profile() {
    const Use use(queue_);
    queue_.drain();
    return profile_.text();
}

}  // namespace lgv
