#include "models/initial_weights.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/philox.h"

namespace lgv {

namespace {

constexpr float fourier_scale = 16;  // of diffusers' GaussianFourierProjection in a UNet2DModel

// How a parameter begins: `value` everywhere, or numbers of one distribution times `value`.
struct Start {
    enum class Kind { constant, uniform, normal } kind = Kind::constant;
    float value = 0;
};

bool ends_a_branch(std::string_view layer) { return layer == "conv_out" || layer.ends_with(".conv2") || layer.ends_with(".to_out.0"); }

// The start of every parameter, by the op that reads it.
class Starts {
public:
    Starts(const OpList& list, Initialisation how) : list_(list), how_(how), starts_(list.parameters.size()) {
        for (const Node& node : list.nodes) {
            const auto* op = std::get_if<ForwardOp>(&node.op);
            if (op == nullptr) continue;  // the backward pass begins nothing
            layer_ = node.name;
            std::visit([this](const auto& o) { visit(o); }, *op);
        }
    }

    Start of(size_t i) const {
        expect(starts_[i].has_value(), Code::fault, "initial weights: no op says how ", list_.parameters[i].name, " begins");
        return *starts_[i];
    }

private:
    void visit(const Conv2d& op) { matrix(op.weight, op.bias); }
    void visit(const Linear& op) { matrix(op.weight, op.bias); }
    void visit(const GroupNorm& op) {
        set(op.weight, {Start::Kind::constant, 1});
        set(op.bias, {Start::Kind::constant, 0});
    }
    void visit(const LabelEmbedding& op) { set(op.table, {Start::Kind::normal, 1}); }
    void visit(const FourierEmbedding& op) { set(op.frequencies, {Start::Kind::normal, fourier_scale}); }
    void visit(const Attention&) {}
    void visit(const Resample&) {}
    void visit(const Affine&) {}
    void visit(const MeanPixels&) {}
    void visit(const TimestepEmbedding&) {}
    void visit(const Dropout&) {}

    // [K, C] or [K, C, R, R]
    void matrix(Parameter weight, Parameter bias) {
        const ParameterInfo& info = list_.parameters[size_t(weight.id)];
        const double fan_in = double(info.elements() / info.shape[0]), fan_out = double(info.elements() / info.shape[1]);
        if (how_ == Initialisation::pytorch) {
            const Start start{Start::Kind::uniform, float(1 / std::sqrt(fan_in))};
            set(weight, start);
            set(bias, start);
            return;
        }
        set(weight, ends_a_branch(layer_) ? Start{} : Start{Start::Kind::uniform, float(std::sqrt(6 / (fan_in + fan_out)))});
        set(bias, {});
    }

    void set(Parameter parameter, Start start) {
        if (parameter) starts_[size_t(parameter.id)] = start;
    }

    const OpList& list_;
    Initialisation how_;
    std::vector<std::optional<Start>> starts_;
    std::string_view layer_;
};

// word / 2^31 of the word as a signed number, rounded, times `bound`: -bound to bound.
void uniforms(uint64_t seed, uint32_t parameter, float bound, int64_t count, float* out) {
    for (int64_t first = 0; first < count; first += 4) {
        const PhiloxWords words = philox_words(seed, parameter, Purpose::initial_weights, uint32_t(first / 4));
        for (int64_t i = first; i < std::min(first + 4, count); ++i) out[i] = float(int32_t(words.w[i - first])) * 0x1p-31f * bound;
    }
}

}  // namespace

void initial_weights(const OpList& list, Initialisation how, uint64_t seed, float* arena) {
    const Starts starts(list, how);
    for (size_t i = 0; i < list.parameters.size(); ++i) {
        const Start start = starts.of(i);
        const int64_t count = list.parameters[i].elements();
        switch (start.kind) {
            case Start::Kind::constant: std::fill_n(arena, count, start.value); break;
            case Start::Kind::uniform: uniforms(seed, uint32_t(i), start.value, count, arena); break;
            case Start::Kind::normal:
                philox_normals(seed, uint32_t(i), Purpose::initial_weights, 0, count, arena);
                for (int64_t e = 0; e < count; ++e) arena[e] *= start.value;
                break;
        }
        arena += count;
    }
}

}  // namespace lgv
