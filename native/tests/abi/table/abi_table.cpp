// The C++ compiler's own word on langevin.h, for the Java test that compares the bindings with it: one line a fact.
//
//     function lgv_device_open ipipp       letters of the result, then of the parameters
//     struct lgv_image 40                  sizeof
//     field lgv_image.seed 16 8 l          offsetof, sizeof, letter of the (element) type
//     constant LGV_OK 0
//
// A shared library of its own, that only tests load. It needs nothing of liblangevin.so: the functions are named, never called.

#include "langevin.h"

#include <cstddef>
#include <string>
#include <type_traits>

namespace {

// The letter under which Java sees a type; signed and unsigned are one there.
template <class T>
constexpr char letter() {
    using U = std::remove_all_extents_t<T>;
    if constexpr (std::is_void_v<U>) {
        return 'v';
    } else if constexpr (std::is_pointer_v<U>) {
        return 'p';
    } else if constexpr (std::is_same_v<U, float>) {
        return 'f';
    } else if constexpr (std::is_same_v<U, double>) {
        return 'd';
    } else {
        static_assert(std::is_integral_v<U>, "langevin.h crosses to Java with integers, floats and pointers alone");
        return sizeof(U) == 1 ? 'b' : sizeof(U) == 2 ? 's' : sizeof(U) == 4 ? 'i' : 'l';
    }
}

template <class>
struct Signature;

template <class R, class... A>
struct Signature<R (*)(A...)> {
    static std::string letters() { return {letter<R>(), letter<A>()...}; }
};

std::string table() {
    std::string out;
    auto line = [&](std::string text) { out += text + "\n"; };

#define FUNCTION(name) line("function " #name " " + Signature<decltype(&name)>::letters())
    FUNCTION(lgv_abi_version);
    FUNCTION(lgv_version);
    FUNCTION(lgv_live_handles);
    FUNCTION(lgv_device_open);
    FUNCTION(lgv_device_describe);
    FUNCTION(lgv_device_after_stream);
    FUNCTION(lgv_device_before_stream);
    FUNCTION(lgv_device_close);
    FUNCTION(lgv_buffer_open);
    FUNCTION(lgv_buffer_close);
    FUNCTION(lgv_tensor_open);
    FUNCTION(lgv_tensor_wrap);
    FUNCTION(lgv_tensor_from_dlpack);
    FUNCTION(lgv_tensor_to_dlpack);
    FUNCTION(lgv_tensor_describe);
    FUNCTION(lgv_tensor_read);
    FUNCTION(lgv_tensor_write);
    FUNCTION(lgv_tensor_close);
    FUNCTION(lgv_model_open);
    FUNCTION(lgv_model_describe);
    FUNCTION(lgv_model_config);
    FUNCTION(lgv_model_scheduler);
    FUNCTION(lgv_model_labels);
    FUNCTION(lgv_model_files);
    FUNCTION(lgv_model_write);
    FUNCTION(lgv_model_plan);
    FUNCTION(lgv_model_dump);
    FUNCTION(lgv_model_predict);
    FUNCTION(lgv_model_classify);
    FUNCTION(lgv_model_close);
    FUNCTION(lgv_denoiser_open);
    FUNCTION(lgv_denoiser_open_bare);
    FUNCTION(lgv_denoiser_set_condition);
    FUNCTION(lgv_denoiser_join);
    FUNCTION(lgv_denoiser_leave);
    FUNCTION(lgv_denoiser_step);
    FUNCTION(lgv_denoiser_wait);
    FUNCTION(lgv_denoiser_read);
    FUNCTION(lgv_denoiser_write);
    FUNCTION(lgv_denoiser_read_pictures);
    FUNCTION(lgv_denoiser_read_tensor);
    FUNCTION(lgv_denoiser_write_tensor);
    FUNCTION(lgv_denoiser_set_profiling);
    FUNCTION(lgv_denoiser_profile);
    FUNCTION(lgv_denoiser_close);
    FUNCTION(lgv_trainer_open);
    FUNCTION(lgv_trainer_open_from);
    FUNCTION(lgv_trainer_describe);
    FUNCTION(lgv_trainer_parameters);
    FUNCTION(lgv_trainer_plan);
    FUNCTION(lgv_trainer_dump);
    FUNCTION(lgv_trainer_accumulate);
    FUNCTION(lgv_trainer_apply);
    FUNCTION(lgv_trainer_metrics);
    FUNCTION(lgv_trainer_wait);
    FUNCTION(lgv_trainer_read);
    FUNCTION(lgv_trainer_write);
    FUNCTION(lgv_trainer_progress);
    FUNCTION(lgv_trainer_resume);
    FUNCTION(lgv_trainer_model);
    FUNCTION(lgv_trainer_set_profiling);
    FUNCTION(lgv_trainer_profile);
    FUNCTION(lgv_trainer_close);

#define STRUCT(name) line("struct " #name " " + std::to_string(sizeof(name)))
#define FIELD(name, field)                                                                                                                            \
    line("field " #name "." #field " " + std::to_string(offsetof(name, field)) + " " + std::to_string(sizeof(name::field)) + " " +                    \
         letter<decltype(name::field)>())
    STRUCT(lgv_error);
    FIELD(lgv_error, code);
    FIELD(lgv_error, message);
    STRUCT(lgv_tensor_description);
    FIELD(lgv_tensor_description, address);
    FIELD(lgv_tensor_description, bytes);
    FIELD(lgv_tensor_description, type);
    FIELD(lgv_tensor_description, rank);
    FIELD(lgv_tensor_description, shape);
    FIELD(lgv_tensor_description, device_type);
    FIELD(lgv_tensor_description, device_index);
    STRUCT(lgv_model_description);
    FIELD(lgv_model_description, in_channels);
    FIELD(lgv_model_description, out_channels);
    FIELD(lgv_model_description, height);
    FIELD(lgv_model_description, width);
    FIELD(lgv_model_description, labels);
    FIELD(lgv_model_description, none_label);
    FIELD(lgv_model_description, parameters);
    FIELD(lgv_model_description, weight_bytes);
    FIELD(lgv_model_description, classes);
    FIELD(lgv_model_description, features);
    STRUCT(lgv_plan_description);
    FIELD(lgv_plan_description, arena_bytes);
    FIELD(lgv_plan_description, weight_bytes);
    FIELD(lgv_plan_description, flops);
    FIELD(lgv_plan_description, ops);
    FIELD(lgv_plan_description, rows);
    STRUCT(lgv_image);
    FIELD(lgv_image, slot);
    FIELD(lgv_image, noise);
    FIELD(lgv_image, height);
    FIELD(lgv_image, width);
    FIELD(lgv_image, seed);
    FIELD(lgv_image, start);
    FIELD(lgv_image, reserved);
    STRUCT(lgv_evaluation);
    FIELD(lgv_evaluation, slot);
    FIELD(lgv_evaluation, condition);
    FIELD(lgv_evaluation, t);
    FIELD(lgv_evaluation, s);
    FIELD(lgv_evaluation, weight);
    FIELD(lgv_evaluation, weight_variance);
    STRUCT(lgv_update);
    FIELD(lgv_update, slot);
    FIELD(lgv_update, draw);
    FIELD(lgv_update, save);
    FIELD(lgv_update, variance);
    FIELD(lgv_update, p);
    FIELD(lgv_update, q);
    FIELD(lgv_update, limit);
    FIELD(lgv_update, quantile);
    FIELD(lgv_update, a);
    FIELD(lgv_update, b);
    FIELD(lgv_update, e);
    FIELD(lgv_update, d);
    FIELD(lgv_update, c);
    FIELD(lgv_update, ka);
    FIELD(lgv_update, kn);
    FIELD(lgv_update, known_draw);
    FIELD(lgv_update, reserved);
    FIELD(lgv_update, sx);
    FIELD(lgv_update, s0);
    FIELD(lgv_update, so);
    FIELD(lgv_update, sh);
    FIELD(lgv_update, logvar_lo);
    FIELD(lgv_update, logvar_hi);
    FIELD(lgv_update, reserved2);
    STRUCT(lgv_condition);
    FIELD(lgv_condition, kind);
    FIELD(lgv_condition, label);
    FIELD(lgv_condition, timestep);
    FIELD(lgv_condition, count);
    FIELD(lgv_condition, values);
    STRUCT(lgv_trainer_settings);
    FIELD(lgv_trainer_settings, optimizer);
    FIELD(lgv_trainer_settings, initialisation);
    FIELD(lgv_trainer_settings, seed);
    FIELD(lgv_trainer_settings, beta1);
    FIELD(lgv_trainer_settings, beta2);
    FIELD(lgv_trainer_settings, eps);
    FIELD(lgv_trainer_settings, weight_decay);
    FIELD(lgv_trainer_settings, max_grad_norm);
    FIELD(lgv_trainer_settings, averages);
    FIELD(lgv_trainer_settings, reserved);
    STRUCT(lgv_trainer_description);
    FIELD(lgv_trainer_description, in_channels);
    FIELD(lgv_trainer_description, out_channels);
    FIELD(lgv_trainer_description, height);
    FIELD(lgv_trainer_description, width);
    FIELD(lgv_trainer_description, labels);
    FIELD(lgv_trainer_description, none_label);
    FIELD(lgv_trainer_description, embedding);
    FIELD(lgv_trainer_description, tensors);
    FIELD(lgv_trainer_description, parameters);
    FIELD(lgv_trainer_description, state_bytes);
    FIELD(lgv_trainer_description, packed_bytes);
    STRUCT(lgv_training_row);
    FIELD(lgv_training_row, a);
    FIELD(lgv_training_row, b);
    FIELD(lgv_training_row, s);
    FIELD(lgv_training_row, t);
    FIELD(lgv_training_row, w);
    FIELD(lgv_training_row, u);
    FIELD(lgv_training_row, v);
    FIELD(lgv_training_row, label);
    FIELD(lgv_training_row, class_timestep);
    FIELD(lgv_training_row, flip);
    FIELD(lgv_training_row, seed);
    STRUCT(lgv_training_metrics);
    FIELD(lgv_training_metrics, update);
    FIELD(lgv_training_metrics, loss);
    FIELD(lgv_training_metrics, grad_norm);
    FIELD(lgv_training_metrics, learning_rate);
    FIELD(lgv_training_metrics, images);
    FIELD(lgv_training_metrics, skipped);

#define CONSTANT(name) line("constant " #name " " + std::to_string(static_cast<long long>(name)))
    CONSTANT(LGV_ABI_VERSION);
    CONSTANT(LGV_OK);
    CONSTANT(LGV_ARGUMENT);
    CONSTANT(LGV_BAD_MODEL);
    CONSTANT(LGV_UNSUPPORTED);
    CONSTANT(LGV_OUT_OF_MEMORY);
    CONSTANT(LGV_NO_DEVICE);
    CONSTANT(LGV_BUSY);
    CONSTANT(LGV_FAULT);
    CONSTANT(LGV_TYPE_FLOAT32);
    CONSTANT(LGV_TYPE_UINT8);
    CONSTANT(LGV_TENSOR_RANK);
    CONSTANT(LGV_FORMAT_FOLDER);
    CONSTANT(LGV_FORMAT_FILE);
    CONSTANT(LGV_FORMAT_FILE_BF16);
    CONSTANT(LGV_NOISE_PHILOX);
    CONSTANT(LGV_NOISE_TORCH);
    CONSTANT(LGV_NOISE_TORCH_BATCH);
    CONSTANT(LGV_NOISE_WRITTEN);
    CONSTANT(LGV_PLANE_X);
    CONSTANT(LGV_PLANE_X0);
    CONSTANT(LGV_PLANE_OUT);
    CONSTANT(LGV_PLANE_NOISE);
    CONSTANT(LGV_PLANE_HISTORY);
    CONSTANT(LGV_PLANE_KNOWN);
    CONSTANT(LGV_PLANE_MASK);
    CONSTANT(LGV_CONDITION_LABEL);
    CONSTANT(LGV_CONDITION_TIMESTEP);
    CONSTANT(LGV_CONDITION_EMBEDDING);
    CONSTANT(LGV_OPTIMIZER_ADAMW);
    CONSTANT(LGV_OPTIMIZER_ADAM);
    CONSTANT(LGV_INITIALISATION_PYTORCH);
    CONSTANT(LGV_INITIALISATION_HO);
    CONSTANT(LGV_PIXELS_UINT8);
    CONSTANT(LGV_PIXELS_FLOAT32);
    CONSTANT(LGV_ARENA_WEIGHTS);
    CONSTANT(LGV_ARENA_GRADIENTS);
    CONSTANT(LGV_ARENA_FIRST_MOMENTS);
    CONSTANT(LGV_ARENA_SECOND_MOMENTS);
    CONSTANT(LGV_ARENA_AVERAGE);
    return out;
}

}  // namespace

extern "C" LGV_API const char* abi_table() {
    static const std::string text = table();
    return text.c_str();
}
