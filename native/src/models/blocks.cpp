#include "models/blocks.h"

#include "base/error.h"

namespace lgv {

Value resnet_block(Layers& net, const std::string& name, Value x, Value skip, Value emb, int32_t out) {
    const int32_t in = net.channels(x) + (skip ? net.channels(skip) : 0);
    expect(in != out || !skip, Code::unsupported, name, ": ", net.channels(x), " channels and a skip of ", in - net.channels(x), " make ", out,
           " without a shortcut convolution");
    const Value shortcut = in == out ? x : net.conv(name + ".conv_shortcut", {.x = x, .x2 = skip, .out_channels = out, .kernel = 1, .pad = {}});

    Value h = net.norm(name + ".norm1", Activation::silu, x, skip);
    const Value time = net.linear(name + ".time_emb_proj", {.x = emb, .out_channels = out});
    h = net.conv(name + ".conv1", {.x = h, .time = time, .out_channels = out});
    h = net.norm(name + ".norm2", Activation::silu, h);
    return net.conv(name + ".conv2", {.x = h, .residual = shortcut, .out_channels = out});
}

Value attention_block(Layers& net, const std::string& name, Value x, int32_t head_dim) {
    const int32_t channels = net.channels(x);
    const int32_t heads = channels / head_dim;
    expect(heads >= 1, Code::model, name, ": attention_head_dim ", head_dim, " is more than the block's ", channels, " channels");
    const int32_t inner = heads * head_dim;

    const Value h = net.norm(name + ".group_norm", Activation::none, x);
    const Value q = net.linear(name + ".to_q", {.x = h, .out_channels = inner});
    const Value k = net.linear(name + ".to_k", {.x = h, .out_channels = inner});
    const Value v = net.linear(name + ".to_v", {.x = h, .out_channels = inner});
    const Value y = net.list.emit(name + ".attention", Attention{.q = q, .k = k, .v = v, .heads = heads});
    return net.linear(name + ".to_out.0", {.x = y, .out_channels = channels, .residual = x});
}

Value downsample_conv(Layers& net, const std::string& name, Value x, int32_t padding) {
    const Padding pad = padding == 0 ? Padding{.bottom = 1, .right = 1} : Padding::all(padding);
    return net.conv(name + ".conv", {.x = x, .out_channels = net.channels(x), .stride = 2, .pad = pad});
}

Value upsample_conv(Layers& net, const std::string& name, Value x) {
    return net.conv(name + ".conv", {.x = x, .out_channels = net.channels(x), .upsample = true});
}

}  // namespace lgv
