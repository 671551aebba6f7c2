// Configs that nobody wrote by hand: drawn over all keys of UNet2DModel, most of them sensible, many of them not. Each becomes a network, or an Error
// that names a key.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "base/error.h"
#include "models/unet2d.h"
#include "tests/models/program_check.h"

namespace lgv {
namespace {

const std::vector<std::string> all_keys{
    "sample_size",          "in_channels",       "out_channels",    "center_input_sample", "time_embedding_type",     "time_embedding_dim", "freq_shift",
    "flip_sin_to_cos",      "down_block_types",  "mid_block_type",  "up_block_types",      "block_out_channels",      "layers_per_block",   "mid_block_scale_factor",
    "downsample_padding",   "downsample_type",   "upsample_type",   "dropout",             "act_fn",                  "attention_head_dim", "norm_num_groups",
    "attn_norm_num_groups", "norm_eps",          "add_attention",   "class_embed_type",    "resnet_time_scale_shift", "num_class_embeds",   "num_train_timesteps"};

class Draw {
public:
    explicit Draw(uint64_t seed) : random_(seed) {}

    int64_t between(int64_t low, int64_t high) { return low + int64_t(random_() % uint64_t(high - low + 1)); }
    bool one_in(int64_t n) { return between(1, n) == 1; }
    std::string of(const std::vector<std::string>& words) { return words[size_t(between(0, int64_t(words.size()) - 1))]; }

    // Values that fit together: of a net that runs, as far as one can say key by key.
    std::vector<std::pair<std::string, std::string>> sensible();

    // Something that may be anything.
    std::string wild() {
        return of({"null", "true", "false", "0", "-1", "1", "2", "3", "7", "64", "65536", "65537", "2147483648", "9223372036854775807", "1e300", "NaN", "-Infinity", "0.5",
                   "\"\"", "\"conv\"", "\"resnet\"", "\"UNetRes\"", "\"silu\"", "[]", "[1]", "[32, 64]", "[65536, 65536]", "[\"DownBlock2D\"]", "[null]", "[[]]", "{}",
                   "[32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32]", "[8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8]"});
    }

private:
    std::mt19937_64 random_;
};

std::vector<std::pair<std::string, std::string>> Draw::sensible() {
    const int64_t levels = between(1, 4);
    const bool skips = one_in(3), square = one_in(4);
    const std::vector<std::string> kinds = skips ? std::vector<std::string>{"Skip", "AttnSkip"} : std::vector<std::string>{"", "Attn", "Resnet"};
    std::string down, up, channels;
    const int64_t width = between(1, 4) * (skips ? 32 : 8);
    for (int64_t i = 0; i < levels; ++i) {
        const auto block = [&](const char* way, const char* resampling) {
            const std::string kind = of(kinds);
            return text('"', one_in(20) ? "UNetRes" : "", kind, kind == "Resnet" ? resampling : way, "Block2D\"");
        };
        const char* comma = i > 0 ? ", " : "";
        down += text(comma, block("Down", "Downsample"));
        up += text(comma, block("Up", "Upsample"));
        channels += text(comma, square ? width : width * between(1, 3));
    }
    const bool learned = one_in(4);
    return {{"sample_size", one_in(3) ? "null" : one_in(3) ? "[16, 24]" : "16"},
            {"in_channels", skips ? "3" : std::to_string(between(1, 12))},
            {"out_channels", skips ? "3" : std::to_string(between(1, 12))},
            {"center_input_sample", of({"true", "false"})},
            {"time_embedding_type", learned ? "\"learned\"" : of({"\"positional\"", "\"fourier\""})},
            {"time_embedding_dim", of({"null", "24", "5"})},
            {"freq_shift", of({"0", "1", "0.5"})},
            {"flip_sin_to_cos", of({"true", "false"})},
            {"down_block_types", text("[", down, "]")},
            {"mid_block_type", of({"null", "\"UNetMidBlock2D\"", "\"UNetMidBlock2D\""})},
            {"up_block_types", text("[", up, "]")},
            {"block_out_channels", text("[", channels, "]")},
            {"layers_per_block", square ? std::to_string(between(0, 2)) : std::to_string(between(1, 2))},
            {"mid_block_scale_factor", of({"1", "1.4", "-0.5"})},
            {"downsample_padding", of({"0", "1"})},
            {"downsample_type", of({"null", "\"conv\"", "\"resnet\""})},
            {"upsample_type", of({"null", "\"conv\"", "\"resnet\""})},
            {"dropout", of({"0", "0.1"})},
            {"act_fn", of({"\"silu\"", "\"swish\"", "\"mish\"", "\"gelu\"", "\"relu\"", "\"SiLU\""})},
            {"attention_head_dim", of({"null", "3", "5", "8"})},
            {"norm_num_groups", skips ? of({"null", "4", "8"}) : of({"1", "2", "4", "8"})},
            {"attn_norm_num_groups", of({"null", "null", "4"})},
            {"norm_eps", of({"1e-5", "1e-6", "0.001"})},
            {"resnet_time_scale_shift", of({"\"default\"", "\"scale_shift\""})},
            {"add_attention", of({"true", "false"})},
            {"class_embed_type", of({"null", "null", "\"timestep\"", "\"identity\""})},
            {"num_class_embeds", of({"null", "10"})},
            {"num_train_timesteps", learned ? "1000" : of({"null", "1000"})}};
}

// With `faults` keys replaced by something that may be anything, or left out.
std::string config_of(Draw& draw, int64_t faults) {
    auto values = draw.sensible();
    for (int64_t i = 0; i < faults; ++i) {
        const size_t key = size_t(draw.between(0, int64_t(values.size()) - 1));
        if (draw.one_in(4)) {
            values.erase(values.begin() + int64_t(key));
        } else {
            values[key].second = draw.wild();
        }
    }
    std::string json = "{";
    for (const auto& [key, value] : values) json += text(json.size() > 1 ? ", " : "", '"', key, "\": ", value);
    return json.append("}");
}

TEST(RandomConfigs, ten_thousand_become_networks_or_say_which_key_is_why_not) {
    Draw draw(20260101);
    int networks = 0, refusals = 0;
    for (int i = 0; i < 10000; ++i) {
        const std::string json = config_of(draw, i % 4);
        try {
            const UNet2DConfig config = UNet2DConfig::parse(json, "config.json");
            const int64_t smallest = int64_t{1} << (config.block_out_channels.size() - 1);
            const OpList list = unet2d(config, 1, smallest, smallest);
            ASSERT_LT(list.nodes.size(), 30000u) << json;
            ASSERT_EQ(list.shapes[list.output], (Shape{1, smallest, smallest, config.out_channels})) << json;
            ++networks;
        } catch (const Error& error) {
            const std::string why = error.what();
            const bool names_a_key = std::any_of(all_keys.begin(), all_keys.end(), [&](const std::string& key) { return why.find(key) != std::string::npos; });
            ASSERT_TRUE(names_a_key) << why << "\n" << json;
            ASSERT_TRUE(error.code() == Code::model || error.code() == Code::unsupported) << why << "\n" << json;
            ++refusals;
        }
    }
    // Both happen often, or the draw tests nothing.
    EXPECT_GT(networks, 3000);
    EXPECT_GT(refusals, 3000);
    RecordProperty("networks", networks);
    RecordProperty("refusals", refusals);
}

TEST(RandomConfigs, networks_agree_with_the_reference_list) {
    Draw draw(7);
    int tested = 0;
    for (int i = 0; tested < 40; ++i) {
        ASSERT_LT(i, 400);
        const std::string json = config_of(draw, 0);
        UNet2DConfig config;
        int64_t side = 0;
        try {
            config = UNet2DConfig::parse(json, "config.json");
            side = int64_t{1} << (config.block_out_channels.size() - 1);
            const OpList list = unet2d(config, 3, 2 * side, side);
            int64_t flops = 0;
            for (const Node& node : list.nodes) flops += cost(node.op, list.shapes).flops;
            if (flops > 60'000'000) continue;  // the reference takes its time
        } catch (const Error&) {
            continue;
        }
        SCOPED_TRACE(json);
        test::expect_program_is_reference(config, 2 * side, side);
        if (::testing::Test::HasFatalFailure()) return;
        ++tested;
    }
}

}  // namespace
}  // namespace lgv
