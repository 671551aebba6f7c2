// A network's forward pass, through the C interface alone: one slot an image, X written, one evaluation {t, s = 1, weight = 1} each, no update,
// OUT read and compared with what diffusers computes in double (with its float32 where it cannot).
//
// Tolerance, of the largest magnitude: 1e-5. PyTorch's own float32 is up to 5e-6 away from double, so ours may be as far on its side; and a
// wrong scale, a forgotten bias or a swapped skip is off by 1e-2 and more. Winograd F(4x4, 3x3) adds and subtracts before it multiplies and is
// three times as far from double: 3e-5 where the program holds such an op. A device that computes in bfloat16 may be one and a half times as far as
// PyTorch's own bfloat16, which the case records.
//
// The first image alone must have the bits that it has in the batch.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <exception>
#include <limits>
#include <string>

#include "base/error.h"
#include "parity/handles.h"
#include "parity/kinds.h"
#include "parity/precision.h"
#include "parity/unet_gradients.h"
#include "parity/unet_inputs.h"

namespace lgv::parity {

namespace {

constexpr double kTolerance = 1e-5;
constexpr double kWinogradTolerance = 3e-5;
constexpr double kOfPyTorchs = 1.5;

// What image i is told of its class. Labels and class timesteps look alike in the file: the config tells them apart.
lgv_condition condition_of(lgv_model* model, const UnetInputs& inputs, int32_t i) {
    if (!inputs.embeddings.empty()) {
        const size_t count = inputs.embeddings.size() / size_t(inputs.images);
        return {.kind = LGV_CONDITION_EMBEDDING, .label = 0, .timestep = 0, .count = int32_t(count), .values = inputs.embeddings.data() + size_t(i) * count};
    }
    const int64_t value = inputs.classes[size_t(i)];
    expect(value >= 0 && value <= std::numeric_limits<int32_t>::max(), Code::model, "tensor class_labels: ", value, " is no class");
    lgv_model_description description;
    call(lgv_model_describe, model, &description, int32_t(sizeof description));
    return {.kind = description.labels > 0 ? LGV_CONDITION_LABEL : LGV_CONDITION_TIMESTEP, .label = int32_t(value), .timestep = float(value), .count = 0,
            .values = nullptr};
}

// PyTorch's own, of the largest magnitude.
double bf16_error(const Golden& golden) { return Fields(golden.fields().at("bf16_error"), "case.json: bf16_error").number("max_relative"); }

// What the network says to the first `images` images.
std::vector<float> run(lgv_model* model, const UnetInputs& inputs, int32_t images, size_t out_values) {
    const Denoiser denoiser = open<Denoiser>(lgv_denoiser_open, lgv_denoiser_close, model, images);
    lgv_model_description network{};
    call(lgv_model_describe, model, &network, int32_t(sizeof network));
    const float variance_too = network.out_channels == 2 * network.in_channels ? 1 : 0;  // learned variance: the second half of the output
    std::vector<lgv_image> joining;
    std::vector<lgv_evaluation> evaluations;
    std::vector<int32_t> slots;
    for (int32_t i = 0; i < images; ++i) {
        int32_t condition = -1;
        if (!inputs.classes.empty() || !inputs.embeddings.empty()) {
            const lgv_condition entry = condition_of(model, inputs, i);
            call(lgv_denoiser_set_condition, denoiser.get(), i, &entry, int32_t(sizeof entry));
            condition = i;
        }
        slots.push_back(i);
        joining.push_back({.slot = i, .noise = LGV_NOISE_WRITTEN, .height = inputs.height, .width = inputs.width, .seed = 0, .start = 0, .reserved = 0});
        evaluations.push_back({.slot = i, .condition = condition, .t = inputs.timestep[size_t(i)], .s = 1, .weight = 1, .weight_variance = variance_too});
    }
    const int64_t in_values = int64_t(inputs.sample.size()) / inputs.images * images;
    call(lgv_denoiser_join, denoiser.get(), joining.data(), images, int32_t(sizeof(lgv_image)));
    call(lgv_denoiser_write, denoiser.get(), slots.data(), images, LGV_PLANE_X, 0, inputs.sample.data(), in_values);
    call(lgv_denoiser_step, denoiser.get(), evaluations.data(), images, int32_t(sizeof(lgv_evaluation)), nullptr, 0, int32_t(sizeof(lgv_update)));
    std::vector<float> out(out_values, std::numeric_limits<float>::quiet_NaN());
    call(lgv_denoiser_read, denoiser.get(), slots.data(), images, LGV_PLANE_OUT, 0, out.data(), int64_t(out.size()));
    return out;
}

std::string dump_of(lgv_model* model, const UnetInputs& inputs) {
    int64_t length = 0;
    call(lgv_model_dump, model, inputs.images, inputs.height, inputs.width, nullptr, int64_t{0}, &length);
    std::string text(size_t(length) + 1, '\0');
    call(lgv_model_dump, model, inputs.images, inputs.height, inputs.width, text.data(), int64_t(text.size()), &length);
    return text;
}

Verdict compare_output(const Golden& golden, const Setup& setup) {
    const Tensors tensors(golden);
    const UnetInputs inputs = read_inputs(tensors);
    const bool exact = tensors.has("output_f64_as_f32");
    const std::string reference = exact ? "output_f64_as_f32" : "output";
    const std::vector<float> wanted = tensors.floats(reference);
    const std::vector<int64_t>& shape = tensors.shape(reference);
    expect(shape.size() == 4 && shape[0] == inputs.images && shape[2] == inputs.height && shape[3] == inputs.width && !wanted.empty(), Code::model,
           "tensor ", reference, " has shape ", to_text(shape), ", sample ", to_text(tensors.shape("sample")));

    const UnetFolder folder(golden);
    const Device device = open<Device>(lgv_device_open, lgv_device_close, setup.device.c_str(), 0);
    const bool bf16 = is_bf16(device.get());
    if (bf16 && !golden.fields().has("bf16_error")) return unsupported("output", "case.json has no bf16_error: diffusers itself does not run this network in bfloat16");
    const Model model = open<Model>(lgv_model_open, lgv_model_close, device.get(), folder.path().c_str());
    const std::vector<float> ours = run(model.get(), inputs, inputs.images, wanted.size());
    const std::vector<float> alone = run(model.get(), inputs, 1, wanted.size() / size_t(inputs.images));
    const bool winograd = dump_of(model.get(), inputs).find("winograd") != std::string::npos;

    const std::string remark = text("of the largest magnitude, ", inputs.images, inputs.images == 1 ? " image" : " images", " against ",
                                    exact ? "float64" : "PyTorch's float32", ", ", bf16 ? "in bfloat16" : winograd ? "with Winograd" : "no Winograd");
    const double tolerance = bf16 ? kOfPyTorchs * bf16_error(golden) : winograd ? kWinogradTolerance : kTolerance;
    Verdict verdict = compared("output", relative_error(ours, wanted), tolerance, remark);
    if (std::memcmp(ours.data(), alone.data(), alone.size() * sizeof(float)) != 0) {
        verdict.outcome = Outcome::fail;
        verdict.remark = "bits differ alone: image 0 by itself is not image 0 of the batch; " + verdict.remark;
    }
    return verdict;
}

// What a comparison says, or why it came to nothing.
template <class Compare>
Verdict verdict_of(const char* what, const Golden& golden, const Setup& setup, Compare compare) {
    try {
        return compare(golden, setup);
    } catch (const Refusal& refusal) {
        return refusal.status == LGV_UNSUPPORTED ? unsupported(what, refusal.what()) : failed(what, refusal.what());
    } catch (const std::exception& broken) {
        return failed(what, broken.what());
    }
}

}  // namespace

std::vector<Verdict> check_unet(const Golden& golden, const Setup& setup) {
    std::vector<Verdict> verdicts{verdict_of("output", golden, setup, compare_output)};
    if (golden.fields().flag("gradients", false)) verdicts.push_back(verdict_of("gradients", golden, setup, compare_gradients));
    return verdicts;
}

}  // namespace lgv::parity
