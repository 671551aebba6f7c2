// The words that a forward pass is written in. Each emits one op, named as the checkpoint names the layer, with its parameters.
#pragma once

#include <string>

#include "graph/op_list.h"

namespace lgv {

// What most layers of one network share.
struct LayerSettings {
    int32_t norm_groups = 32;
    float norm_eps = 1e-5f;
};

struct Layers {
    OpList& list;
    LayerSettings settings;

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

    // Group normalisation of [x, x2], with an activation.
    Value norm(const std::string& name, Activation act, Value x, Value x2 = {}, int32_t groups = 0) {
        const int64_t all = channels(x) + (x2 ? channels(x2) : 0);
        GroupNorm how{.x = x, .x2 = x2, .groups = groups > 0 ? groups : settings.norm_groups, .eps = settings.norm_eps, .act = act};
        how.weight = list.parameter(name + ".weight", {all});
        how.bias = list.parameter(name + ".bias", {all});
        return list.emit(name, how);
    }
};

}  // namespace lgv
