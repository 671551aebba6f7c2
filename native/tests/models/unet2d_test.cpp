#include "models/unet2d.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/error.h"
#include "graph/planner.h"
#include "io/json.h"
#include "io/mapped_file.h"
#include "models/blocks.h"
#include "tests/graph/seeded_tensors.h"
#include "tests/models/program_check.h"

namespace lgv {
namespace {

const std::filesystem::path source = LANGEVIN_SOURCE_DIR;

UNet2DConfig config_of(const std::filesystem::path& file) { return UNet2DConfig::parse(read_text(file), file.string()); }

std::string refusal(const std::string& json) {
    try {
        const UNet2DConfig config = UNet2DConfig::parse(json, "config.json");
        const int64_t smallest = int64_t{1} << (config.block_out_channels.size() - 1);
        unet2d(config, 1, smallest, smallest);
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

constexpr const char* small_config = R"({"sample_size": 8, "in_channels": 2, "out_channels": 2, "block_out_channels": [16, 32],
    "down_block_types": ["DownBlock2D", "AttnDownBlock2D"], "up_block_types": ["AttnUpBlock2D", "UpBlock2D"], "layers_per_block": 1,
    "norm_num_groups": 4, "attention_head_dim": 8, "num_class_embeds": 5, "langevin_none_label": 4})";

TEST(UNet2D, asks_for_the_tensors_of_ddpm_cifar10) {
    const std::filesystem::path folder = source / "tests/goldens/cases/unet-seeded-cifar10";
    const OpList list = unet2d(config_of(folder / "model/config.json"), 1, 32, 32);
    EXPECT_EQ(list.parameter_elements(), 35746307);  // the published count
    EXPECT_EQ(list.parameters.size(), 328u);

    std::map<std::string, std::vector<int64_t>> asked;
    for (const ParameterInfo& info : list.parameters) asked[info.name] = info.shape;
    const Json root = Json::parse(read_text(folder / "case.json"), "case.json");
    const auto& recorded = Fields(root, "case.json").at("parameters").array("parameters");
    EXPECT_EQ(asked.size(), recorded.size());
    for (const Json& entry : recorded) {
        const std::string name = entry.array("parameter")[0].string("name");
        std::vector<int64_t> shape;
        for (const Json& extent : entry.array("parameter")[1].array("shape")) shape.push_back(extent.integer("extent"));
        EXPECT_EQ(asked[name], shape) << name;
    }
}

TEST(UNet2D, has_the_published_number_of_parameters_at_256x256) {
    const UNet2DConfig config = UNet2DConfig::parse(R"({"sample_size": 256, "block_out_channels": [128, 128, 256, 256, 512, 512], "attention_head_dim": null,
        "down_block_types": ["DownBlock2D", "DownBlock2D", "DownBlock2D", "DownBlock2D", "AttnDownBlock2D", "DownBlock2D"],
        "up_block_types": ["UpBlock2D", "AttnUpBlock2D", "UpBlock2D", "UpBlock2D", "UpBlock2D", "UpBlock2D"],
        "downsample_padding": 0, "flip_sin_to_cos": false, "freq_shift": 1, "norm_eps": 1e-06})", "config.json");
    const OpList list = unet2d(config, 1, 256, 256);
    EXPECT_EQ(list.parameter_elements(), 113673219);
    EXPECT_EQ(list.parameters.size(), 450u);
}

TEST(UNet2D, counts_the_flops_of_ddpm_cifar10) {
    const OpList list = unet2d(config_of(source / "tests/goldens/cases/unet-seeded-cifar10/model/config.json"), 1, 32, 32);
    int64_t flops = 0;
    for (const Node& node : list.nodes) {
        const auto& op = std::get<ForwardOp>(node.op);
        if (std::holds_alternative<Conv2d>(op) || std::holds_alternative<Linear>(op) || std::holds_alternative<Attention>(op)) {
            flops += cost(node.op, list.shapes).flops;
        }
    }
    EXPECT_NEAR(double(flops) * 1e-9, 12.44, 0.01);  // 6.22 GMAC, counted by others for this network
}

TEST(UNet2D, refuses_sizes_that_do_not_halve_by_the_layer_where_they_break) {
    const UNet2DConfig config = UNet2DConfig::parse(small_config, "config.json");
    EXPECT_THROW(
        {
            try {
                unet2d(config, 1, 9, 8);
            } catch (const Error& error) {
                EXPECT_NE(std::string(error.what()).find("up_blocks.1.resnets.0"), std::string::npos) << error.what();
                throw;
            }
        },
        Error);
}

TEST(UNet2DConfig, names_the_key_and_the_value_that_it_refuses) {
    EXPECT_EQ(refusal(R"({"time_embedding_type": "sinus"})"),
              "config.json: time_embedding_type is \"sinus\", wanted one of \"positional\", \"fourier\", \"learned\"");
    EXPECT_EQ(refusal(R"({"time_embedding_type": "learned"})"),
              "config.json: num_train_timesteps is not said: time_embedding_type \"learned\" has a table of as many rows");
    EXPECT_EQ(refusal(R"({"norm_num_groups": null, "block_out_channels": [32], "down_block_types": ["DownBlock2D"], "up_block_types": ["UpBlock2D"]})"),
              "down_blocks.0.resnets.0.norm1: 32 channels do not split into 0 groups (norm_num_groups is null: only Skip blocks choose their own number)");
    EXPECT_EQ(refusal(R"({"in_channels": 1, "block_out_channels": [32, 32], "down_block_types": ["SkipDownBlock2D", "DownBlock2D"],
                         "up_block_types": ["UpBlock2D", "UpBlock2D"]})"),
              "down_blocks.0: in_channels is 1, and Skip blocks in down_block_types pass on a picture of 3 channels");
    EXPECT_EQ(refusal(R"({"act_fn": "tanh"})"), "config.json: act_fn is \"tanh\", wanted silu, swish, mish, gelu or relu");
    EXPECT_EQ(refusal(R"({"block_out_channels": [32], "down_block_types": ["CrossAttnDownBlock2D"], "up_block_types": ["UpBlock2D"]})"),
              "config.json: down_block_types: block \"CrossAttnDownBlock2D\" is none of UNet2DModel's (DownBlock2D, AttnDownBlock2D, ResnetDownsampleBlock2D, "
              "SkipDownBlock2D, AttnSkipDownBlock2D)");
    EXPECT_EQ(refusal(R"({"mid_block_scale_factor": 0})"), "config.json: mid_block_scale_factor is 0: the mid block divides by it");
    EXPECT_EQ(refusal(R"({"block_out_channels": [32, 64], "down_block_types": ["DownBlock2D"], "up_block_types": ["UpBlock2D", "UpBlock2D"]})"),
              "config.json: down_block_types has 1 blocks, block_out_channels has 2");
    EXPECT_EQ(refusal(R"({"block_out_channels": [32, 0]})"), "config.json: block_out_channels has 0, wanted 1 to 65536");
    EXPECT_EQ(refusal(R"({"_class_name": "UNet2DConditionModel"})"),
              "config.json: _class_name is \"UNet2DConditionModel\"; this version builds UNet2DModel and LangevinClassifier");
    EXPECT_EQ(refusal(R"({"downsample_padding": 2})"), "config.json: downsample_padding is 2, wanted 0 to 1");
    EXPECT_NE(refusal(R"({"layers_per_block": "two"})").find("layers_per_block"), std::string::npos);
}

TEST(UNet2DConfig, ignores_keys_that_it_does_not_know_and_takes_defaults) {
    const UNet2DConfig config = UNet2DConfig::parse(R"({"_diffusers_version": "0.1", "some_future_key": 3})", "config.json");
    EXPECT_EQ(config.block_out_channels, (std::vector<int32_t>{224, 448, 672, 896}));
    using enum BlockKind;
    EXPECT_EQ(config.down_blocks, (std::vector<BlockKind>{plain, attention, attention, attention}));
    EXPECT_EQ(config.up_blocks, (std::vector<BlockKind>{attention, attention, attention, plain}));
    EXPECT_EQ(config.time_embedding_dim, 4 * 224);
}

TEST(UNet2DConfig, reads_words_as_diffusers_does) {
    const UNet2DConfig config = UNet2DConfig::parse(R"({"act_fn": "Swish", "downsample_type": null, "upsample_type": "resnet", "time_embedding_dim": 0,
        "center_input_sample": null, "class_embed_type": "identity", "num_class_embeds": 10, "mid_block_type": null,
        "block_out_channels": [32, 64], "down_block_types": ["UNetResDownBlock2D", "UNetResAttnDownBlock2D"],
        "up_block_types": ["UNetResAttnUpBlock2D", "UpBlock2D"]})", "config.json");
    EXPECT_EQ(config.act, Activation::silu);
    EXPECT_FALSE(config.resnet_downsample);
    EXPECT_TRUE(config.resnet_upsample);
    EXPECT_EQ(config.time_embedding_dim, 128);
    EXPECT_EQ(config.class_embedding, ClassEmbedding::identity);
    EXPECT_EQ(config.num_class_embeds, 0);  // a type goes before the table
    EXPECT_FALSE(config.mid_block);
    EXPECT_EQ(config.down_blocks[1], BlockKind::attention);
}

TEST(UNet2D, program_agrees_with_the_reference_list) {
    test::expect_program_is_reference(UNet2DConfig::parse(small_config, "config.json"), 8, 12);
}

// A block of which no UNet2DModel has a like: [x, skip] has as many channels as the block makes, so that it is the shortcut as it is.
TEST(ResnetBlock, adds_both_inputs_side_by_side_where_no_shortcut_convolution_is_needed) {
    OpList list;
    Layers net{list, {}};
    const Value x = list.input({2, 3, 4, 5}), skip = list.input({2, 3, 4, 7}), emb = list.input({2, 1, 1, 6});
    list.output = resnet_block(net, "block", {.out_channels = 12, .groups = {3}, .groups_out = {4}, .resample = {}}, x, skip, emb);
    const test::SeededTensors tensors(list, 5);
    Weights weights(tensors.views());
    const std::vector<float> left = test::normals(1, 2 * 12 * 5), right = test::normals(2, 2 * 12 * 7), e = test::normals(3, 2 * 6);
    const std::vector<float> all = run_reference(list, weights, {left, right, e});
    // Without what the last convolution makes, the input is left.
    OpList work = list;
    std::get<Conv2d>(std::get<ForwardOp>(work.nodes.back().op)).residual = {};
    const std::vector<float> branch = run_reference(work, weights, {left, right, e});
    for (size_t p = 0; p < 24; ++p) {
        for (size_t c = 0; c < 12; ++c) EXPECT_NEAR(all[p * 12 + c] - branch[p * 12 + c], c < 5 ? left[p * 5 + c] : right[p * 7 + c - 5], 1e-5);
    }
    for (const ParameterInfo& info : list.parameters) EXPECT_EQ(info.name.find("shortcut"), std::string::npos);
}

TEST(UNet2D, arena_is_within_a_tenth_of_what_is_alive_at_once) {
    const OpList list = unet2d(config_of(source / "tests/goldens/cases/unet-seeded-cifar10/model/config.json"), 1, 32, 32);
    std::vector<Lifetime> pieces;
    for (const Shape& shape : list.shapes.all) pieces.push_back({shape.elements() * 4, -1, -1});
    for (size_t i = 0; i < list.nodes.size(); ++i) {
        pieces[size_t(list.nodes[i].out.id)].first = pieces[size_t(list.nodes[i].out.id)].last = int32_t(i);
        for (const Value value : inputs_of(list.nodes[i].op)) pieces[size_t(value.id)].last = int32_t(i);
    }
    int64_t most = 0;
    for (int32_t now = 0; now < int32_t(list.nodes.size()); ++now) {
        int64_t alive = 0;
        for (const Lifetime& piece : pieces) alive += piece.first <= now && now <= piece.last ? piece.bytes : 0;
        most = std::max(most, alive);
    }
    EXPECT_LE(double(place(pieces).bytes), 1.1 * double(most));
}

}  // namespace
}  // namespace lgv
