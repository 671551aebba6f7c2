// A whole pipeline, by the plan that Java wrote of it: every image, condition, evaluation and update of it as the C interface gets them.
//
// In float32 it is a free run. Pictures in [0, 1] are within 1/255 of the case's, what a picture of 8 bits shows: the roundings of the network differ from
// PyTorch's, and a run carries them from step to step.
//
// In bfloat16 a free run says little: an error of 1e-2 that is carried through the steps has no bound worth stating. So each step starts from the x and the history
// of our own float32 run on the CPU, and ends beside it. x' = a*x + b*clamp(p*x + q*out) + e*out + ... moves by at most |b*q| + |e| times what out is off, and out
// is a sum of evaluations: `error` is how far x' is off, over that factor, the sum of |weight| and the largest magnitude of out, which makes it an error of the
// network. A step that hides it (a factor near 0) cannot be told from a right one, so `out` itself is compared likewise. Tolerance 2.6e-2: 1.5 times PyTorch's own
// bfloat16 error, of which networks of this size in tests/goldens record up to 1.7e-2 (along the golden pipelines themselves it is 1.5e-2 to 3.1e-2).
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/error.h"
#include "parity/handles.h"
#include "parity/kinds.h"
#include "parity/plan.h"
#include "parity/precision.h"

namespace lgv::parity {

namespace {

constexpr double kPictureTolerance = 1.0 / 255;
constexpr double kBf16Tolerance = 2.6e-2;
constexpr int32_t kHistory = 4;

// A plan on its way, on one device.
class Run {
public:
    Run(const std::filesystem::path& folder, const std::string& device, const Plan& plan)
        : plan_(plan),
          device_(open<Device>(lgv_device_open, lgv_device_close, device.c_str(), 0)),
          model_(open<Model>(lgv_model_open, lgv_model_close, device_.get(), folder.c_str())),
          denoiser_(open<Denoiser>(lgv_denoiser_open, lgv_denoiser_close, model_.get(), int32_t(plan.images.size()))) {
        call(lgv_model_describe, model_.get(), &network_, int32_t(sizeof network_));
        for (const PlannedCondition& planned : plan.conditions)
            call(lgv_denoiser_set_condition, denoiser_.get(), planned.index, &planned.condition, int32_t(sizeof planned.condition));
        call(lgv_denoiser_join, denoiser_.get(), plan.images.data(), int32_t(plan.images.size()), int32_t(sizeof(lgv_image)));
        for (const lgv_image& image : plan.images) slots_.push_back(image.slot);
    }

    lgv_device* device() const { return device_.get(); }
    const lgv_model_description& network() const { return network_; }

    void step(const PlannedStep& step) {
        call(lgv_denoiser_step, denoiser_.get(), step.evaluations.data(), int32_t(step.evaluations.size()), int32_t(sizeof(lgv_evaluation)), step.updates.data(),
             int32_t(step.updates.size()), int32_t(sizeof(lgv_update)));
    }

    // A plane of all images, or of one.
    std::vector<float> read(int32_t plane, int32_t index = 0) const { return read(slots_, plane, index); }
    std::vector<float> read_slot(int32_t slot, int32_t plane) const { return read({slot}, plane, 0); }

    // x and the history become those of another run.
    void follow(const Run& other) {
        write(LGV_PLANE_X, 0, other.read(LGV_PLANE_X));
        for (int32_t i = 0; i < kHistory; ++i) write(LGV_PLANE_HISTORY, i, other.read(LGV_PLANE_HISTORY, i));
    }

private:
    std::vector<float> read(const std::vector<int32_t>& slots, int32_t plane, int32_t index) const {
        const int64_t channels = plane == LGV_PLANE_OUT ? network_.out_channels : network_.in_channels;
        std::vector<float> values(slots.size() * size_t(channels * network_.height * network_.width), std::numeric_limits<float>::quiet_NaN());
        call(lgv_denoiser_read, denoiser_.get(), slots.data(), int32_t(slots.size()), plane, index, values.data(), int64_t(values.size()));
        return values;
    }

    void write(int32_t plane, int32_t index, const std::vector<float>& values) {
        call(lgv_denoiser_write, denoiser_.get(), slots_.data(), int32_t(slots_.size()), plane, index, values.data(), int64_t(values.size()));
    }

    const Plan& plan_;
    Device device_;
    Model model_;
    Denoiser denoiser_;
    lgv_model_description network_{};
    std::vector<int32_t> slots_;
};

Verdict draw(Run& run, const Plan& plan, const std::vector<float>& wanted) {
    for (const PlannedStep& step : plan.steps) run.step(step);
    std::vector<float> pictures = run.read(LGV_PLANE_X);
    for (float& value : pictures) value = std::clamp(value / 2 + 0.5f, 0.0f, 1.0f);
    return compared("images", difference(pictures, wanted), kPictureTolerance,
                    text("of [0, 1], ", plan.images.size(), " images in ", plan.steps.size(), " steps, by the plan, tolerance 1/255"));
}

// What a slot's step makes of an error of 1 of the network.
double reach_of(const PlannedStep& step, int32_t slot, bool through_update) {
    double weights = 0, factor = through_update ? 0 : 1;
    for (const lgv_evaluation& evaluation : step.evaluations)
        if (evaluation.slot == slot) weights += std::abs(double(evaluation.weight));
    for (const lgv_update& update : step.updates)
        if (through_update && update.slot == slot) factor = std::abs(double(update.b) * double(update.q)) + std::abs(double(update.e));
    return weights * factor;
}

Verdict follow(Run& run, Run& exact, const Plan& plan) {
    double worst = 0;
    size_t where = 0;
    for (size_t i = 0; i < plan.steps.size(); ++i) {
        const PlannedStep& step = plan.steps[i];
        run.follow(exact);
        run.step(step);
        exact.step(step);
        for (const lgv_image& image : plan.images) {
            const std::vector<float> out = exact.read_slot(image.slot, LGV_PLANE_OUT);
            for (const int32_t plane : {LGV_PLANE_X, LGV_PLANE_OUT}) {
                const double off = difference(run.read_slot(image.slot, plane), exact.read_slot(image.slot, plane));
                const double reach = reach_of(step, image.slot, plane == LGV_PLANE_X) * double(largest(out));
                const double error = off == 0 ? 0 : off / std::max(reach, 1e-4);  // rounding of a step that the network has no part in is no error of the network
                if (!(error <= worst)) worst = error, where = i;
            }
        }
    }
    return compared("images", worst, kBf16Tolerance,
                    text("of the network's largest magnitude, ", plan.images.size(), " images, each of ", plan.steps.size(),
                         " steps from the x of our own float32 run; furthest in step ", where + 1));
}

}  // namespace

std::vector<Verdict> check_pipeline(const Golden& golden, const Setup& setup) {
    const std::filesystem::path file = setup.plans / (golden.folder().filename().string() + ".json");
    if (setup.plans.empty() || !std::filesystem::exists(file))
        return {unsupported("images", "from C++ pipelines are drawn by plans (--plans FOLDER), and this one has none; tests/parity/run draws them from Java")};
    const Tensors tensors(golden);
    const Plan plan = read_plan(file);
    const std::vector<int64_t>& shape = tensors.shape("images");
    Run run(golden.folder() / "pipeline", setup.device, plan);
    const lgv_model_description& network = run.network();
    expect(shape == std::vector<int64_t>{int64_t(plan.images.size()), network.in_channels, network.height, network.width}, Code::model, "tensor images has shape ",
           to_text(shape), ", the plan draws ", plan.images.size(), " images of ", network.in_channels, " x ", network.height, " x ", network.width);
    if (!is_bf16(run.device())) return {draw(run, plan, tensors.floats("images"))};
    Run exact(golden.folder() / "pipeline", "cpu", plan);
    return {follow(run, exact, plan)};
}

}  // namespace lgv::parity
