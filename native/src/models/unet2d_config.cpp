#include "models/unet2d_config.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/error.h"
#include "io/json.h"
#include "models/config_values.h"

namespace lgv {

namespace {

constexpr int64_t most_rows = int64_t{1} << 24;  // of a table

// An integer key that may be null, which means something: 0.
int32_t whole_or_null(const Fields& config, const char* key, int32_t fallback, int64_t highest) {
    return config.is_null(key) ? 0 : whole(config, key, fallback, 1, highest);
}

double finite(const Fields& config, const char* key, double fallback) {
    const double value = config.number(key, fallback);
    expect(std::isfinite(value) && std::abs(value) <= 1e30, Code::model, config.name(key), " is ", value, ", wanted a finite number");
    return value;
}

// Python takes null for false.
bool flag(const Fields& config, const char* key, bool fallback) { return !config.is_null(key) && config.flag(key, fallback); }

// One of several words, by its place among them.
size_t choice(const Fields& config, const char* key, const std::string& fallback, const std::vector<std::string>& words) {
    const std::string word = config.string(key, fallback);
    const auto found = std::find(words.begin(), words.end(), word);
    if (found == words.end()) {
        std::string all;
        for (const std::string& w : words) all += (all.empty() ? "\"" : ", \"") + w + '"';
        fail(Code::unsupported, config.name(key), " is \"", word, "\", wanted one of ", all);
    }
    return size_t(found - words.begin());
}

std::vector<BlockKind> blocks_of(const Fields& config, const char* key, std::vector<std::string> names, const std::vector<std::string>& kinds) {
    if (config.has(key)) names = config.strings(key);
    std::vector<BlockKind> blocks;
    for (const std::string& name : names) {
        const auto found = std::find(kinds.begin(), kinds.end(), name.starts_with("UNetRes") ? name.substr(7) : name);  // the oldest prefix
        expect(found != kinds.end(), Code::unsupported, config.name(key), ": block \"", name, "\" is none of UNet2DModel's (", kinds[0], ", ", kinds[1], ", ",
               kinds[2], ", ", kinds[3], ", ", kinds[4], ")");
        blocks.push_back(BlockKind(found - kinds.begin()));
    }
    return blocks;
}

void read_embeddings(const Fields& config, UNet2DConfig& unet) {
    unet.time_embedding = TimeEmbedding(choice(config, "time_embedding_type", "positional", {"positional", "fourier", "learned"}));
    // Python's `or`: 0 is the default too.
    const int32_t dim = config.is_null("time_embedding_dim") ? 0 : whole(config, "time_embedding_dim", 0, 0, 4 * most_channels);
    unet.time_embedding_dim = dim > 0 ? dim : 4 * unet.block_out_channels[0];
    unet.flip_sin_to_cos = flag(config, "flip_sin_to_cos", true);
    unet.freq_shift = float(finite(config, "freq_shift", 0));
    const int32_t timesteps = whole_or_null(config, "num_train_timesteps", 0, most_rows);
    if (unet.time_embedding == TimeEmbedding::learned) {
        expect(timesteps > 0, Code::model, config.name("num_train_timesteps"), " is not said: time_embedding_type \"learned\" has a table of as many rows");
        unet.num_train_timesteps = timesteps;
    }

    const int32_t classes = whole_or_null(config, "num_class_embeds", 0, most_rows);
    if (config.has("class_embed_type") && !config.is_null("class_embed_type")) {
        unet.class_embedding = choice(config, "class_embed_type", "", {"timestep", "identity"}) == 0 ? ClassEmbedding::timestep : ClassEmbedding::identity;
    } else if (classes > 0) {
        unet.class_embedding = ClassEmbedding::table;
        unet.num_class_embeds = classes;
        if (!config.is_null("langevin_none_label")) unet.none_label = whole(config, "langevin_none_label", -1, 0, classes - 1);
    }
}

void read_blocks(const Fields& config, UNet2DConfig& unet) {
    unet.down_blocks = blocks_of(config, "down_block_types", {"DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"},
                                 {"DownBlock2D", "AttnDownBlock2D", "ResnetDownsampleBlock2D", "SkipDownBlock2D", "AttnSkipDownBlock2D"});
    unet.up_blocks = blocks_of(config, "up_block_types", {"AttnUpBlock2D", "AttnUpBlock2D", "AttnUpBlock2D", "UpBlock2D"},
                               {"UpBlock2D", "AttnUpBlock2D", "ResnetUpsampleBlock2D", "SkipUpBlock2D", "AttnSkipUpBlock2D"});
    const size_t levels = unet.block_out_channels.size();
    expect(unet.down_blocks.size() == levels, Code::model, config.name("down_block_types"), " has ", unet.down_blocks.size(), " blocks, block_out_channels has ",
           levels);
    expect(unet.up_blocks.size() == levels, Code::model, config.name("up_block_types"), " has ", unet.up_blocks.size(), " blocks, block_out_channels has ", levels);

    unet.layers_per_block = whole(config, "layers_per_block", 2, 0, most_layers);
    if (unet.layers_per_block == 0) {  // nothing on the way down changes the number of channels
        for (const int32_t c : unet.block_out_channels) {
            expect(c == unet.block_out_channels[0], Code::model, config.name("layers_per_block"), " is 0, and block_out_channels has ", c, " and ",
                   unet.block_out_channels[0], ": without layers all must be equal");
        }
    }
    unet.resnet_downsample = !config.is_null("downsample_type") && choice(config, "downsample_type", "conv", {"conv", "resnet"}) == 1;
    unet.resnet_upsample = !config.is_null("upsample_type") && choice(config, "upsample_type", "conv", {"conv", "resnet"}) == 1;
    // Only a convolution that halves looks at the padding; with more than 1 the sizes never meet again on the way up.
    bool is_used = false;
    for (size_t i = 0; i + 1 < levels; ++i) {
        is_used |= unet.down_blocks[i] == BlockKind::plain || (unet.down_blocks[i] == BlockKind::attention && !unet.resnet_downsample);
    }
    if (is_used) unet.downsample_padding = whole(config, "downsample_padding", 1, 0, 1);

    if (config.has("mid_block_type")) unet.mid_block = !config.is_null("mid_block_type");
    if (unet.mid_block) choice(config, "mid_block_type", "UNetMidBlock2D", {"UNetMidBlock2D"});
    unet.add_attention = flag(config, "add_attention", true);
    unet.mid_block_scale_factor = finite(config, "mid_block_scale_factor", 1);
    expect(std::abs(unet.mid_block_scale_factor) >= 1e-30, Code::model, config.name("mid_block_scale_factor"), " is ", unet.mid_block_scale_factor,
           ": the mid block divides by it");
}

void read_layers(const Fields& config, UNet2DConfig& unet) {
    unet.act = activation_of(config);
    unet.attention_head_dim = whole_or_null(config, "attention_head_dim", 8, most_channels);
    unet.norm_num_groups = whole_or_null(config, "norm_num_groups", 32, most_channels);
    unet.attn_norm_num_groups = whole_or_null(config, "attn_norm_num_groups", 0, most_channels);
    unet.norm_eps = float(finite(config, "norm_eps", 1e-5));
    expect(unet.norm_eps > 0, Code::model, config.name("norm_eps"), " is ", unet.norm_eps, ", wanted more than 0");
    unet.scale_shift = choice(config, "resnet_time_scale_shift", "default", {"default", "scale_shift"}) == 1;
    const double dropout = config.number("dropout", 0);
    expect(dropout >= 0 && dropout <= 1, Code::model, config.name("dropout"), " is ", dropout, ", wanted 0 to 1");
    unet.dropout = float(dropout);
}

}  // namespace

UNet2DConfig UNet2DConfig::parse(const std::string& json, const std::string& file) {
    const Json root = Json::parse(json, file);
    const Fields config(root, file);
    UNet2DConfig unet;

    const std::string kind = config.string("_class_name", "UNet2DModel");
    expect(kind == "UNet2DModel" || kind == "UNetModel", Code::unsupported, config.name("_class_name"), " is \"", kind,
           "\"; this version builds UNet2DModel and LangevinClassifier");

    std::tie(unet.height, unet.width) = sample_size_of(config);
    unet.in_channels = whole(config, "in_channels", 3, 1, most_channels);
    unet.out_channels = whole(config, "out_channels", 3, 1, most_channels);
    unet.center_input_sample = flag(config, "center_input_sample", false);
    unet.block_out_channels = levels_of(config, unet.block_out_channels);
    read_embeddings(config, unet);
    read_blocks(config, unet);
    read_layers(config, unet);
    return unet;
}

}  // namespace lgv
