// The trainer's part of the C interface.

#include "abi/handles.h"

using namespace lgv;

namespace {

static_assert(sizeof(lgv_training_row) == 48 && sizeof(lgv_training_metrics) == 40 && sizeof(lgv_trainer_settings) == 64);

const lgv_trainer_settings& settings_of(const lgv_trainer_settings* settings, int32_t bytes) {
    return structs(&present(settings, "settings"), 1, bytes, "settings")[0];
}

ModelTexts::Text text_of(const char* json, const char* name) { return json == nullptr ? ModelTexts::Text{} : ModelTexts::Text{name, json}; }

Trainer& of(lgv_trainer* trainer) { return *present(trainer, "trainer").impl; }

}  // namespace

extern "C" {

int32_t lgv_trainer_open(lgv_device* device, const char* config, const char* scheduler, const char* labels, const lgv_trainer_settings* settings,
                         int32_t settings_bytes, lgv_trainer** out_trainer, lgv_error* error) {
    return guard(error, [&] {
        present(out_trainer, "out_trainer");
        ModelTexts texts{.config = {"config", &present(config, "config")}, .scheduler = text_of(scheduler, "scheduler"), .labels = text_of(labels, "labels"), .pipeline = {}, .note = {}};
        give_handle(Trainer::open(present(device, "device").impl, std::move(texts), settings_of(settings, settings_bytes)), out_trainer);
    });
}

int32_t lgv_trainer_open_from(lgv_model* model, const lgv_trainer_settings* settings, int32_t settings_bytes, lgv_trainer** out_trainer, lgv_error* error) {
    return guard(error, [&] {
        present(out_trainer, "out_trainer");
        give_handle(Trainer::open_from(*present(model, "model").impl, settings_of(settings, settings_bytes)), out_trainer);
    });
}

int32_t lgv_trainer_describe(lgv_trainer* trainer, lgv_trainer_description* out_description, int32_t description_bytes, lgv_error* error) {
    return guard(error, [&] { give_struct(of(trainer).describe(), out_description, description_bytes, "out_description"); });
}

int32_t lgv_trainer_parameters(lgv_trainer* trainer, char* buffer, int64_t capacity, int64_t* out_length, lgv_error* error) {
    return guard(error, [&] { give_text(of(trainer).parameters(), buffer, capacity, out_length); });
}

int32_t lgv_trainer_plan(lgv_trainer* trainer, int32_t rows, int32_t height, int32_t width, lgv_plan_description* out_plan, int32_t plan_bytes, lgv_error* error) {
    return guard(error, [&] { give_struct(of(trainer).plan(rows, height, width), out_plan, plan_bytes, "out_plan"); });
}

int32_t lgv_trainer_dump(lgv_trainer* trainer, int32_t rows, int32_t height, int32_t width, char* buffer, int64_t capacity, int64_t* out_length, lgv_error* error) {
    return guard(error, [&] { give_text(of(trainer).dump(rows, height, width), buffer, capacity, out_length); });
}

int32_t lgv_trainer_accumulate(lgv_trainer* trainer, const void* images, int32_t pixels, int32_t height, int32_t width, const lgv_training_row* rows, int32_t count,
                               int32_t row_bytes, const float* noise, const float* embeddings, lgv_error* error) {
    return guard(error, [&] {
        of(trainer).accumulate({.images = images, .pixels = pixels, .height = height, .width = width, .rows = structs(rows, count, row_bytes, "rows"), .noise = noise,
                                .embeddings = embeddings});
    });
}

int32_t lgv_trainer_apply(lgv_trainer* trainer, double learning_rate, const double* decays, int32_t decay_count, lgv_error* error) {
    return guard(error, [&] { of(trainer).apply(learning_rate, structs(decays, decay_count, int32_t(sizeof *decays), "decays")); });
}

int32_t lgv_trainer_metrics(lgv_trainer* trainer, int64_t first, lgv_training_metrics* out_metrics, int32_t capacity, int32_t metrics_bytes, int32_t* out_count,
                            lgv_error* error) {
    return guard(error, [&] {
        const size_t room = structs(out_metrics, capacity, metrics_bytes, "out_metrics").size();
        present(out_count, "out_count") = of(trainer).metrics(first, {out_metrics, room});
    });
}

int32_t lgv_trainer_wait(lgv_trainer* trainer, int64_t update, lgv_error* error) {
    return guard(error, [&] { of(trainer).wait(update); });
}

int32_t lgv_trainer_read(lgv_trainer* trainer, int32_t arena, int64_t offset, float* out_values, int64_t count, lgv_error* error) {
    return guard(error, [&] { of(trainer).read(arena, offset, &present(out_values, "out_values"), count); });
}

int32_t lgv_trainer_write(lgv_trainer* trainer, int32_t arena, int64_t offset, const float* values, int64_t count, lgv_error* error) {
    return guard(error, [&] { of(trainer).write(arena, offset, &present(values, "values"), count); });
}

int32_t lgv_trainer_progress(lgv_trainer* trainer, int64_t* out_updates, int64_t* out_moves, lgv_error* error) {
    return guard(error, [&] {
        present(out_updates, "out_updates");
        present(out_moves, "out_moves");
        std::tie(*out_updates, *out_moves) = of(trainer).progress();
    });
}

int32_t lgv_trainer_resume(lgv_trainer* trainer, int64_t updates, int64_t moves, lgv_error* error) {
    return guard(error, [&] { of(trainer).resume(updates, moves); });
}

int32_t lgv_trainer_model(lgv_trainer* trainer, int32_t average, lgv_model** out_model, lgv_error* error) {
    return guard(error, [&] {
        present(out_model, "out_model");
        give_handle(of(trainer).model(average), out_model);
    });
}

int32_t lgv_trainer_set_profiling(lgv_trainer* trainer, int32_t on, lgv_error* error) {
    return guard(error, [&] { of(trainer).set_profiling(on != 0); });
}

int32_t lgv_trainer_profile(lgv_trainer* trainer, char* buffer, int64_t capacity, int64_t* out_length, lgv_error* error) {
    return guard(error, [&] { give_text(of(trainer).profile(), buffer, capacity, out_length); });
}

void lgv_trainer_close(lgv_trainer* trainer) {
    if (trainer != nullptr) trainer->impl->close();
    close_handle(trainer);
}

}  // extern "C"
