#include "models/unet2d_config.h"

#include "base/error.h"
#include "io/json.h"

namespace lgv {

namespace {

// An integer key within its range; where it is null or missing, the fallback.
int32_t whole(const Fields& config, const char* key, int32_t fallback, int64_t lowest, int64_t highest) {
    if (!config.has(key) || config.is_null(key)) return fallback;
    const int64_t value = config.integer(key);
    expect(value >= lowest && value <= highest, Code::model, config.name(key), " is ", value, ", wanted ", lowest, " to ", highest);
    return int32_t(value);
}

// This version builds one choice of a key that has several.
void only(const Fields& config, const char* key, const std::string& built) {
    if (config.is_null(key)) return;
    const std::string value = config.string(key, built);
    expect(value == built, Code::unsupported, config.name(key), " is \"", value, "\"; this version builds \"", built, "\"");
}

void only_null(const Fields& config, const char* key) {
    const Json* value = config.find(key);
    expect(value == nullptr || value->is(Json::Kind::null), Code::unsupported, config.name(key), " is ", value == nullptr ? "" : value->to_text(),
           "; this version builds networks without it");
}

// Which levels have attention: names[i] is the plain block or the one with attention.
std::vector<bool> attention_of(const Fields& config, const char* key, size_t levels, const std::string& plain, const std::string& attentive) {
    std::vector<bool> attention;
    for (std::string name : config.strings(key)) {
        if (name.starts_with("UNetRes")) name = name.substr(7);  // the oldest checkpoints' prefix
        expect(name == plain || name == attentive, Code::unsupported, config.name(key), ": block \"", name, "\"; this version builds ", plain, " and ",
               attentive);
        attention.push_back(name == attentive);
    }
    expect(attention.size() == levels, Code::model, config.name(key), " has ", attention.size(), " blocks, block_out_channels has ", levels);
    return attention;
}

void read_sample_size(const Fields& config, UNet2DConfig& unet) {
    const Json* size = config.find("sample_size");
    if (size == nullptr || size->is(Json::Kind::null)) return;
    if (size->is(Json::Kind::array)) {
        const std::vector<int64_t> extents = config.integers("sample_size");
        expect(extents.size() == 2, Code::model, config.name("sample_size"), " has ", extents.size(), " numbers, wanted height and width");
        for (const int64_t extent : extents) {
            expect(extent >= 1 && extent <= 16384, Code::model, config.name("sample_size"), " has ", extent, ", wanted 1 to 16384");
        }
        unet.height = int32_t(extents[0]);
        unet.width = int32_t(extents[1]);
        return;
    }
    unet.height = unet.width = whole(config, "sample_size", 0, 1, 16384);
}

}  // namespace

UNet2DConfig UNet2DConfig::parse(const std::string& json, const std::string& file) {
    const Json root = Json::parse(json, file);
    const Fields config(root, file);
    UNet2DConfig unet;

    const std::string kind = config.string("_class_name", "UNet2DModel");
    expect(kind == "UNet2DModel" || kind == "UNetModel", Code::unsupported, config.name("_class_name"), " is \"", kind,
           "\"; this version builds UNet2DModel");
    only(config, "time_embedding_type", "positional");
    only(config, "downsample_type", "conv");
    only(config, "upsample_type", "conv");
    only(config, "act_fn", "silu");
    only(config, "resnet_time_scale_shift", "default");
    only_null(config, "time_embedding_dim");
    only_null(config, "attn_norm_num_groups");
    only_null(config, "class_embed_type");
    expect(config.is_null("center_input_sample") || !config.flag("center_input_sample", false), Code::unsupported, config.name("center_input_sample"),
           " is true; this version builds networks without it");
    expect(config.number("mid_block_scale_factor", 1) == 1, Code::unsupported, config.name("mid_block_scale_factor"), " is ",
           config.number("mid_block_scale_factor", 1), "; this version builds networks with 1");
    expect(!config.is_null("norm_num_groups"), Code::unsupported, config.name("norm_num_groups"), " is null; this version wants a number");

    read_sample_size(config, unet);
    unet.in_channels = whole(config, "in_channels", 3, 1, 65536);
    unet.out_channels = whole(config, "out_channels", 3, 1, 65536);
    if (config.has("block_out_channels")) {
        unet.block_out_channels.clear();
        for (const int64_t c : config.integers("block_out_channels")) {
            expect(c >= 1 && c <= 65536, Code::model, config.name("block_out_channels"), " has ", c, ", wanted 1 to 65536");
            unet.block_out_channels.push_back(int32_t(c));
        }
    }
    const size_t levels = unet.block_out_channels.size();
    expect(levels >= 1 && levels <= 16, Code::model, config.name("block_out_channels"), " has ", levels, " levels, wanted 1 to 16");

    unet.down_attention.assign(levels, true);
    unet.up_attention.assign(levels, true);
    if (config.has("down_block_types")) {
        unet.down_attention = attention_of(config, "down_block_types", levels, "DownBlock2D", "AttnDownBlock2D");
    } else {
        unet.down_attention.front() = false;
    }
    if (config.has("up_block_types")) {
        unet.up_attention = attention_of(config, "up_block_types", levels, "UpBlock2D", "AttnUpBlock2D");
    } else {
        unet.up_attention.back() = false;
    }
    unet.mid_block = !config.is_null("mid_block_type");
    only(config, "mid_block_type", "UNetMidBlock2D");

    unet.add_attention = config.flag("add_attention", true);
    unet.layers_per_block = whole(config, "layers_per_block", 2, 1, 64);
    unet.downsample_padding = whole(config, "downsample_padding", 1, 0, 1);
    unet.attention_head_dim = config.is_null("attention_head_dim") ? 0 : whole(config, "attention_head_dim", 8, 1, 65536);
    unet.norm_num_groups = whole(config, "norm_num_groups", 32, 1, 65536);
    unet.norm_eps = float(config.number("norm_eps", 1e-5));
    expect(unet.norm_eps > 0, Code::model, config.name("norm_eps"), " is ", unet.norm_eps, ", wanted more than 0");
    unet.flip_sin_to_cos = config.flag("flip_sin_to_cos", true);
    unet.freq_shift = float(config.number("freq_shift", 0));
    unet.num_class_embeds = whole(config, "num_class_embeds", 0, 1, 1 << 24);
    unet.none_label = whole(config, "langevin_none_label", -1, 0, int64_t{unet.num_class_embeds} - 1);
    return unet;
}

}  // namespace lgv
