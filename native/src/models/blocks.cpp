#include "models/blocks.h"

#include "base/error.h"

namespace lgv {

namespace {

// What the block's work is added to: its input, resampled as the work is, through a 1x1 convolution where the number of channels changes.
Value shortcut_of(Layers& net, const std::string& name, const ResnetBlock& how, Value x, Value skip) {
    const int32_t in = net.channels(x) + (skip ? net.channels(skip) : 0);
    if (how.resample) x = net.resample(name + ".shortcut_resample", *how.resample, x);
    if (in != how.out_channels || how.shortcut_conv) {
        return net.conv(name + ".conv_shortcut", {.x = x, .x2 = skip, .out_channels = how.out_channels, .kernel = 1, .pad = {}});
    }
    return skip ? net.list.emit(name + ".concatenation", Affine{.x = x, .x2 = skip}) : x;
}

}  // namespace

Value resnet_block(Layers& net, const std::string& name, const ResnetBlock& how, Value x, Value skip, Value emb) {
    expect(!skip || !how.resample, Code::fault, name, ": a block that resamples takes one input");
    const int32_t out = how.out_channels;
    const Activation act = net.settings.act;
    const Value shortcut = shortcut_of(net, name, how, x, skip);
    const Value time = emb ? net.linear(name + ".time_emb_proj", {.x = emb, .out_channels = net.settings.scale_shift ? 2 * out : out}) : Value{};

    Value h = net.norm(name + ".norm1", how.groups, {.x = x, .x2 = skip, .act = act});
    const bool doubles = how.resample == ResampleKind::nearest;  // which the convolution does as it reads
    if (how.resample && !doubles) h = net.resample(name + ".resample", *how.resample, h);
    h = net.conv(name + ".conv1", {.x = h, .time = net.settings.scale_shift ? Value{} : time, .out_channels = out, .upsample = doubles});
    h = net.norm(name + ".norm2", how.groups_out, {.x = h, .act = act, .scale_shift = net.settings.scale_shift ? time : Value{}});
    h = net.dropout(name + ".dropout", h);
    return net.conv(name + ".conv2", {.x = h, .residual = shortcut, .out_channels = out, .scale = how.scale});
}

Value attention_block(Layers& net, const std::string& name, const AttentionBlock& how, Value x) {
    const int32_t channels = net.channels(x);
    const int32_t head_dim = how.head_dim > 0 ? how.head_dim : channels;
    const int32_t heads = channels / head_dim;
    expect(heads >= 1, Code::model, name, ": attention_head_dim ", head_dim, " is more than the block's ", channels, " channels");
    const int32_t inner = heads * head_dim;

    const Value h = how.groups ? net.norm(name + ".group_norm", *how.groups, {.x = x}) : x;
    const Value q = net.linear(name + ".to_q", {.x = h, .out_channels = inner});
    const Value k = net.linear(name + ".to_k", {.x = h, .out_channels = inner});
    const Value v = net.linear(name + ".to_v", {.x = h, .out_channels = inner});
    const Value y = net.list.emit(name + ".attention", Attention{.q = q, .k = k, .v = v, .heads = heads});
    return net.linear(name + ".to_out.0", {.x = y, .out_channels = channels, .residual = x, .scale = how.scale});
}

Value downsample_conv(Layers& net, const std::string& name, Value x, int32_t padding) {
    const Padding pad = padding == 0 ? Padding{.bottom = 1, .right = 1} : Padding::all(padding);
    return net.conv(name + ".conv", {.x = x, .out_channels = net.channels(x), .stride = 2, .pad = pad});
}

Value upsample_conv(Layers& net, const std::string& name, Value x) {
    return net.conv(name + ".conv", {.x = x, .out_channels = net.channels(x), .upsample = true});
}

}  // namespace lgv
