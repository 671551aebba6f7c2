// The C interface but for tensors and trainers: checks that the arguments are there, and calls. What the calls mean stands in langevin.h, what they do in session/.

#include <algorithm>

#include "abi/handles.h"

using namespace lgv;

namespace {

static_assert(sizeof(lgv_update) == 128 && sizeof(lgv_evaluation) == 24 && sizeof(lgv_image) == 32 && sizeof(lgv_error) == 1024);
static_assert(int32_t(Code::fault) == LGV_FAULT && int32_t(Code::unsupported) == LGV_UNSUPPORTED && int32_t(Code::busy) == LGV_BUSY);

std::span<const int32_t> slot_list(const int32_t* slots, int32_t count) { return structs(slots, count, int32_t(sizeof *slots), "slots"); }

}  // namespace

extern "C" {

// ---- The library

int32_t lgv_abi_version(void) { return LGV_ABI_VERSION; }

const char* lgv_version(void) { return LANGEVIN_VERSION; }

// ---- Device

int32_t lgv_device_open(const char* name, int32_t threads, lgv_device** out_device, lgv_error* error) {
    return guard(error, [&] {
        present(out_device, "out_device");
        give_handle(Device::open(&present(name, "name"), threads), out_device);
    });
}

int32_t lgv_device_describe(lgv_device* device, char* buffer, int64_t capacity, int64_t* out_length, lgv_error* error) {
    return guard(error, [&] { give_text(present(device, "device").impl->describe(), buffer, capacity, out_length); });
}

int32_t lgv_device_after_stream(lgv_device* device, uint64_t stream, lgv_error* error) {
    return guard(error, [&] { present(device, "device").impl->after_stream(stream); });
}

int32_t lgv_device_before_stream(lgv_device* device, uint64_t stream, lgv_error* error) {
    return guard(error, [&] { present(device, "device").impl->before_stream(stream); });
}

void lgv_device_close(lgv_device* device) { close_handle(device); }

// ---- Host buffer

int32_t lgv_buffer_open(lgv_device* device, int64_t bytes, lgv_buffer** out_buffer, uint8_t** out_data, lgv_error* error) {
    return guard(error, [&] {
        present(out_buffer, "out_buffer");
        present(out_data, "out_data");
        expect(bytes >= 1, Code::argument, "bytes: ", bytes, ", wanted 1 or more");
        const std::shared_ptr<Device>& owner = present(device, "device").impl;
        auto buffer = std::make_unique<lgv_buffer>(owner, owner->backend().host_memory(bytes));
        *out_data = reinterpret_cast<uint8_t*>(buffer->memory.get());
        *out_buffer = buffer.release();
        add_live_handles(1);
    });
}

void lgv_buffer_close(lgv_buffer* buffer) { close_handle(buffer); }

// ---- Model

int32_t lgv_model_open(lgv_device* device, const char* path, lgv_model** out_model, lgv_error* error) {
    return guard(error, [&] {
        present(out_model, "out_model");
        give_handle(Model::open(present(device, "device").impl, &present(path, "path")), out_model);
    });
}

int32_t lgv_model_describe(lgv_model* model, lgv_model_description* out_description, int32_t description_bytes, lgv_error* error) {
    return guard(error, [&] { give_struct(present(model, "model").impl->describe(), out_description, description_bytes, "out_description"); });
}

int32_t lgv_model_config(lgv_model* model, char* buffer, int64_t capacity, int64_t* out_length, lgv_error* error) {
    return guard(error, [&] { give_text(present(model, "model").impl->texts().config.json, buffer, capacity, out_length); });
}

int32_t lgv_model_scheduler(lgv_model* model, char* buffer, int64_t capacity, int64_t* out_length, lgv_error* error) {
    return guard(error, [&] { give_text(present(model, "model").impl->texts().scheduler.json, buffer, capacity, out_length); });
}

int32_t lgv_model_labels(lgv_model* model, char* buffer, int64_t capacity, int64_t* out_length, lgv_error* error) {
    return guard(error, [&] { give_text(present(model, "model").impl->texts().labels.json, buffer, capacity, out_length); });
}

int32_t lgv_model_files(lgv_model* model, char* buffer, int64_t capacity, int64_t* out_length, lgv_error* error) {
    return guard(error, [&] { give_text(present(model, "model").impl->files_text(), buffer, capacity, out_length); });
}

int32_t lgv_model_write(lgv_model* model, const char* path, int32_t format, lgv_error* error) {
    return guard(error, [&] { present(model, "model").impl->write(&present(path, "path"), format); });
}

int32_t lgv_model_plan(lgv_model* model, int32_t rows, int32_t height, int32_t width, lgv_plan_description* out_plan, int32_t plan_bytes,
                       lgv_error* error) {
    return guard(error, [&] {
        give_struct(present(model, "model").impl->plan(rows, height, width), out_plan, plan_bytes, "out_plan");
    });
}

int32_t lgv_model_dump(lgv_model* model, int32_t rows, int32_t height, int32_t width, char* buffer, int64_t capacity, int64_t* out_length,
                       lgv_error* error) {
    return guard(error, [&] { give_text(present(model, "model").impl->dump(rows, height, width), buffer, capacity, out_length); });
}

int32_t lgv_model_predict(lgv_model* model, const char* gpu, int32_t rows, int32_t height, int32_t width, char* buffer, int64_t capacity,
                          int64_t* out_length, lgv_error* error) {
    return guard(error, [&] { give_text(present(model, "model").impl->predict(&present(gpu, "gpu"), rows, height, width), buffer, capacity, out_length); });
}

int32_t lgv_model_classify(lgv_model* model, const void* images, int32_t pixels, int32_t height, int32_t width, int32_t count, float* out_logits, float* out_features,
                           lgv_error* error) {
    return guard(error, [&] {
        Model& impl = *present(model, "model").impl;
        expect(images != nullptr, Code::argument, "images is NULL");
        impl.classify({.images = images, .pixels = pixels, .height = height, .width = width, .count = count}, &present(out_logits, "out_logits"), out_features);
    });
}

void lgv_model_close(lgv_model* model) { close_handle(model); }

// ---- Denoiser

int32_t lgv_denoiser_open(lgv_model* model, int32_t slots, lgv_denoiser** out_denoiser, lgv_error* error) {
    return guard(error, [&] {
        present(out_denoiser, "out_denoiser");
        give_handle(Denoiser::open(present(model, "model").impl, slots), out_denoiser);
    });
}

int32_t lgv_denoiser_open_bare(lgv_device* device, int32_t channels, int32_t out_channels, int32_t slots, lgv_denoiser** out_denoiser, lgv_error* error) {
    return guard(error, [&] {
        present(out_denoiser, "out_denoiser");
        give_handle(Denoiser::open_bare(present(device, "device").impl, channels, out_channels, slots), out_denoiser);
    });
}

int32_t lgv_denoiser_set_condition(lgv_denoiser* denoiser, int32_t index, const lgv_condition* condition, int32_t condition_bytes, lgv_error* error) {
    return guard(error, [&] {
        Denoiser& impl = *present(denoiser, "denoiser").impl;
        impl.set_condition(index, structs(condition, 1, condition_bytes, "condition")[0]);
    });
}

int32_t lgv_denoiser_join(lgv_denoiser* denoiser, const lgv_image* images, int32_t count, int32_t image_bytes, lgv_error* error) {
    return guard(error, [&] { present(denoiser, "denoiser").impl->join(structs(images, count, image_bytes, "images")); });
}

int32_t lgv_denoiser_leave(lgv_denoiser* denoiser, const int32_t* slots, int32_t count, lgv_error* error) {
    return guard(error, [&] { present(denoiser, "denoiser").impl->leave(slot_list(slots, count)); });
}

int32_t lgv_denoiser_step(lgv_denoiser* denoiser, const lgv_evaluation* evaluations, int32_t evaluation_count, int32_t evaluation_bytes,
                          const lgv_update* updates, int32_t update_count, int32_t update_bytes, lgv_error* error) {
    return guard(error, [&] {
        Denoiser& impl = *present(denoiser, "denoiser").impl;
        impl.step(structs(evaluations, evaluation_count, evaluation_bytes, "evaluations"), structs(updates, update_count, update_bytes, "updates"));
    });
}

int32_t lgv_denoiser_wait(lgv_denoiser* denoiser, int64_t step, lgv_error* error) {
    return guard(error, [&] { present(denoiser, "denoiser").impl->wait(step); });
}

int32_t lgv_denoiser_read(lgv_denoiser* denoiser, const int32_t* slots, int32_t count, int32_t plane, int32_t index, float* out_values,
                          int64_t value_count, lgv_error* error) {
    return guard(error, [&] {
        Denoiser& impl = *present(denoiser, "denoiser").impl;
        impl.read(slot_list(slots, count), plane, index, &present(out_values, "out_values"), value_count);
    });
}

int32_t lgv_denoiser_write(lgv_denoiser* denoiser, const int32_t* slots, int32_t count, int32_t plane, int32_t index, const float* values,
                           int64_t value_count, lgv_error* error) {
    return guard(error, [&] {
        Denoiser& impl = *present(denoiser, "denoiser").impl;
        impl.write(slot_list(slots, count), plane, index, &present(values, "values"), value_count);
    });
}

int32_t lgv_denoiser_read_pictures(lgv_denoiser* denoiser, const int32_t* slots, int32_t count, uint8_t* out_pixels, int64_t bytes, lgv_error* error) {
    return guard(error, [&] { present(denoiser, "denoiser").impl->read_pictures(slot_list(slots, count), &present(out_pixels, "out_pixels"), bytes); });
}

int32_t lgv_denoiser_read_tensor(lgv_denoiser* denoiser, const int32_t* slots, int32_t count, int32_t plane, int32_t index, lgv_tensor* tensor, lgv_error* error) {
    return guard(error, [&] { present(denoiser, "denoiser").impl->read_tensor(slot_list(slots, count), plane, index, present(tensor, "tensor").impl); });
}

int32_t lgv_denoiser_write_tensor(lgv_denoiser* denoiser, const int32_t* slots, int32_t count, int32_t plane, int32_t index, lgv_tensor* tensor, lgv_error* error) {
    return guard(error, [&] { present(denoiser, "denoiser").impl->write_tensor(slot_list(slots, count), plane, index, present(tensor, "tensor").impl); });
}

int32_t lgv_denoiser_set_profiling(lgv_denoiser* denoiser, int32_t on, lgv_error* error) {
    return guard(error, [&] { present(denoiser, "denoiser").impl->set_profiling(on != 0); });
}

int32_t lgv_denoiser_profile(lgv_denoiser* denoiser, char* buffer, int64_t capacity, int64_t* out_length, lgv_error* error) {
    return guard(error, [&] { give_text(present(denoiser, "denoiser").impl->profile(), buffer, capacity, out_length); });
}

void lgv_denoiser_close(lgv_denoiser* denoiser) {
    if (denoiser != nullptr) denoiser->impl->close();
    close_handle(denoiser);
}

}  // extern "C"
