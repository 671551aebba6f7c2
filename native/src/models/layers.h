// The words that a forward pass is written in. Each emits one op, named as the checkpoint names the layer, with its parameters.
#pragma once

#include <string>

#include "base/error.h"
#include "graph/op_list.h"

namespace lgv {

// What most layers of one network share.
struct LayerSettings {
    float norm_eps = 1e-5f;
    Activation act = Activation::silu;
    bool scale_shift = false;  // the embedding scales and shifts the second norm of a block; else it is added before
    float dropout = 0;         // 0 where images are made
};

// How many groups a norm has, and what in the config says so.
struct Groups {
    int32_t count = 32;
    const char* key = "norm_num_groups";
};

struct Layers {
    OpList& list;
    LayerSettings settings;
    Value dropout_key{};        // an input, where there is dropout
    int32_t dropout_layers = 0;

    const Shape& shape(Value x) const { return list.shapes[x]; }
    int32_t channels(Value x) const { return int32_t(shape(x).c); }

    // Convolution of whatever `how` says (sources, kernel, stride, padding, extras), with bias.
    Value conv(const std::string& name, Conv2d how) {
        const int64_t in = channels(how.x) + (how.x2 ? channels(how.x2) : 0);
        how.weight = list.parameter(name + ".weight", {how.out_channels, in, how.kernel, how.kernel});
        how.bias = list.parameter(name + ".bias", {how.out_channels});
        return list.emit(name, how);
    }

    Value linear(const std::string& name, Linear how) {
        how.weight = list.parameter(name + ".weight", {how.out_channels, channels(how.x)});
        how.bias = list.parameter(name + ".bias", {how.out_channels});
        return list.emit(name, how);
    }

    // Group normalisation of whatever `how` says; `groups` instead of its number, eps as all have it.
    Value norm(const std::string& name, Groups groups, GroupNorm how) {
        const int64_t all = channels(how.x) + (how.x2 ? channels(how.x2) : 0);
        expect(groups.count >= 1 && all % groups.count == 0, Code::model, name, ": ", all, " channels do not split into ", groups.count, " groups (",
               groups.key, ")");
        how.weight = list.parameter(name + ".weight", {all});
        how.bias = list.parameter(name + ".bias", {all});
        how.groups = groups.count;
        how.eps = settings.norm_eps;
        return list.emit(name, how);
    }

    Value dropout(const std::string& name, Value x) {
        return settings.dropout > 0 ? list.emit(name, Dropout{.x = x, .key = dropout_key, .p = settings.dropout, .layer = dropout_layers++}) : x;
    }

    Value resample(const std::string& name, ResampleKind kind, Value x) { return list.emit(name, Resample{.x = x, .kind = kind}); }
};

}  // namespace lgv
