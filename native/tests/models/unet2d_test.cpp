#include "models/unet2d.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <map>

#include "base/error.h"
#include "graph/planner.h"
#include "graph/program.h"
#include "io/json.h"
#include "io/mapped_file.h"
#include "tests/graph/seeded_tensors.h"

namespace lgv {
namespace {

const std::filesystem::path source = LANGEVIN_SOURCE_DIR;

UNet2DConfig config_of(const std::filesystem::path& file) { return UNet2DConfig::parse(read_text(file), file.string()); }

std::string refusal(const std::string& json) {
    try {
        UNet2DConfig::parse(json, "config.json");
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
        if (std::holds_alternative<Conv2d>(node.op) || std::holds_alternative<Linear>(node.op) || std::holds_alternative<Attention>(node.op)) {
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
    EXPECT_EQ(refusal(R"({"time_embedding_type": "fourier"})"), "config.json: time_embedding_type is \"fourier\"; this version builds \"positional\"");
    EXPECT_EQ(refusal(R"({"block_out_channels": [32, 64], "down_block_types": ["DownBlock2D"], "up_block_types": ["UpBlock2D", "UpBlock2D"]})"),
              "config.json: down_block_types has 1 blocks, block_out_channels has 2");
    EXPECT_EQ(refusal(R"({"block_out_channels": [32, 0]})"), "config.json: block_out_channels has 0, wanted 1 to 65536");
    EXPECT_EQ(refusal(R"({"_class_name": "UNet2DConditionModel"})"),
              "config.json: _class_name is \"UNet2DConditionModel\"; this version builds UNet2DModel");
    EXPECT_EQ(refusal(R"({"downsample_padding": 2})"), "config.json: downsample_padding is 2, wanted 0 to 1");
    EXPECT_NE(refusal(R"({"layers_per_block": "two"})").find("layers_per_block"), std::string::npos);
}

TEST(UNet2DConfig, ignores_keys_that_it_does_not_know_and_takes_defaults) {
    const UNet2DConfig config = UNet2DConfig::parse(R"({"_diffusers_version": "0.1", "some_future_key": 3})", "config.json");
    EXPECT_EQ(config.block_out_channels, (std::vector<int32_t>{224, 448, 672, 896}));
    EXPECT_EQ(config.down_attention, (std::vector<bool>{false, true, true, true}));
    EXPECT_EQ(config.up_attention, (std::vector<bool>{true, true, true, false}));
}

// The whole program against the reference forms, which share no code with it, at both instruction sets.
TEST(UNet2D, program_agrees_with_the_reference_list) {
    const UNet2DConfig config = UNet2DConfig::parse(small_config, "config.json");
    const int64_t rows = 3;
    const OpList list = unet2d(config, rows, 8, 12);
    const test::SeededTensors tensors(list, 5);
    Weights weights(tensors.views());
    const std::vector<float> sample = test::normals(1, rows * 8 * 12 * 2);
    std::vector<float> label(rows);
    const int32_t labels[rows] = {0, 3, 4};
    std::memcpy(label.data(), labels, sizeof labels);
    const std::vector<float> t{999, 0, 500};
    const std::vector<float> wanted = run_reference(list, weights, {sample, t, label});
    float largest = 0;
    for (const float value : wanted) largest = std::max(largest, std::abs(value));

    ThreadTeam team(2);
    for (const Isa isa : {Isa::avx2, Isa::avx512}) {
        if (isa > choose_isa("")) continue;
        const CpuProgram program(list, weights, isa, team.threads());
        std::vector<std::byte> room(size_t(program.arena_bytes()) + 64, std::byte{0xFF});  // NaN wherever nothing was written
        std::byte* arena = room.data() + (64 - reinterpret_cast<uintptr_t>(room.data()) % 64) % 64;
        std::memcpy(program.at(arena, list.inputs[0]), sample.data(), sample.size() * sizeof(float));
        std::memcpy(program.at(arena, list.inputs[1]), t.data(), t.size() * sizeof(float));
        std::memcpy(program.at(arena, list.inputs[2]), label.data(), label.size() * sizeof(float));
        program.launch(team, arena, rows);
        const auto* got = reinterpret_cast<const float*>(program.at(arena, list.output));
        // float32 against double: 1e-5 of the largest magnitude, as for the golden networks.
        for (size_t i = 0; i < wanted.size(); ++i) ASSERT_NEAR(got[i], wanted[i], 1e-5f * largest) << name_of(isa) << ", element " << i;
    }
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
