// The classifier: its tensors, its forward pass, what its config must say. Its backward pass is tried in training_pass_test.cpp.
#include "models/classifier.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "graph/program.h"
#include "io/mapped_file.h"
#include "models/initial_weights.h"
#include "models/network.h"
#include "ops/weights.h"
#include "tests/graph/seeded_tensors.h"
#include "tests/io/error_text.h"

namespace lgv {
namespace {

std::string config_with(const std::string& more, const std::string& without = "") {
    std::string all;
    for (const auto& [key, value] : {std::pair("in_channels", "2"), std::pair("block_out_channels", "[8, 16, 16]"), std::pair("layers_per_block", "1"),
                                     std::pair("norm_num_groups", "4"), std::pair("features", "6"), std::pair("num_classes", "3")})
        if (key != without) all += text(", \"", key, "\": ", value);
    return R"({"_class_name": "LangevinClassifier")" + all + more + "}";
}

OpList list_of(const std::string& config, int64_t height, int64_t width) { return Network::parse(config, "config.json").emit(2, height, width); }

TEST(Classifier, has_these_tensors) {
    std::string names;
    for (const ParameterInfo& info : list_of(config_with(""), 8, 8).parameters) {
        if (!info.name.ends_with(".bias")) names += info.name.substr(0, info.name.size() - 7) + " ";
    }
    EXPECT_EQ(names,
              "conv_in "
              "down_blocks.0.resnets.0.norm1 down_blocks.0.resnets.0.conv1 down_blocks.0.resnets.0.norm2 down_blocks.0.resnets.0.conv2 down_blocks.0.downsamplers.0.conv "
              "down_blocks.1.resnets.0.conv_shortcut down_blocks.1.resnets.0.norm1 down_blocks.1.resnets.0.conv1 down_blocks.1.resnets.0.norm2 "
              "down_blocks.1.resnets.0.conv2 down_blocks.1.downsamplers.0.conv "
              "down_blocks.2.resnets.0.norm1 down_blocks.2.resnets.0.conv1 down_blocks.2.resnets.0.norm2 down_blocks.2.resnets.0.conv2 "
              "conv_norm_out features logits ");
}

TEST(Classifier, is_its_reference_and_keeps_its_features) {
    for (const auto& [height, width] : {std::pair<int64_t, int64_t>{8, 8}, {7, 5}, {1, 1}}) {
        const OpList list = list_of(config_with(""), height, width);
        const test::SeededTensors tensors(list, 5);
        Weights weights(tensors.views());
        const std::vector<float> picture = test::normals(1, list.shapes[list.inputs[0]].elements());
        const std::vector<float> logits = run_reference(list, weights, {picture});
        OpList of_features = list;
        of_features.output = list.kept.at(0);
        const std::vector<float> features = run_reference(of_features, weights, {picture});
        ASSERT_EQ(logits.size(), 6u);
        ASSERT_EQ(features.size(), 12u);
        for (const Isa isa : {Isa::avx2, Isa::avx512}) {
            if (isa > choose_isa("")) continue;
            ThreadTeam team(2);
            const CpuProgram program(list, weights, isa, 2);
            std::vector<std::byte> room(size_t(program.arena_bytes()) + 64, std::byte{0xFF});  // NaN wherever nothing was written
            std::byte* arena = room.data() + (64 - reinterpret_cast<uintptr_t>(room.data()) % 64) % 64;
            std::copy(picture.begin(), picture.end(), reinterpret_cast<float*>(program.at(arena, list.inputs[0])));
            program.launch(team, arena, 2);
            // float32 against double, numbers near 1.
            for (size_t i = 0; i < 6; ++i) EXPECT_NEAR(reinterpret_cast<float*>(program.at(arena, list.output))[i], logits[i], 1e-5) << name_of(isa);
            for (size_t i = 0; i < 12; ++i) EXPECT_NEAR(reinterpret_cast<float*>(program.at(arena, list.kept[0]))[i], features[i], 1e-5) << name_of(isa);
        }
    }
}

TEST(Classifier, begins_with_weights_of_both_kinds) {
    const OpList list = list_of(config_with(""), 8, 8);
    for (const Initialisation how : {Initialisation::pytorch, Initialisation::ho}) {
        std::vector<float> arena(size_t(list.parameter_elements()), NAN);
        initial_weights(list, how, 7, arena.data());
        for (const float weight : arena) ASSERT_TRUE(std::isfinite(weight));
        EXPECT_NE(arena[size_t(list.parameter_offsets()[list.parameters.size() - 2])], 0) << "logits begin different for each class";
    }
}

TEST(Classifier, of_28_by_28_costs_about_20_million_operations) {
    const std::string path = LANGEVIN_SOURCE_DIR "/models/configs/classifier-28.json";
    const Network network = Network::parse(read_text(path), path);
    EXPECT_EQ(network.classes(), 10);
    EXPECT_EQ(network.features(), 64);
    EXPECT_EQ(network.height(), 28);
    EXPECT_EQ(network.in_channels(), 1);
    EXPECT_EQ(network.out_channels(), 0);
    const OpList list = network.emit(1, 28, 28);
    int64_t flops = 0;
    for (const Node& node : list.nodes) flops += cost(node.op, list.shapes).flops;
    EXPECT_NEAR(double(flops), 20e6, 3e6);
}

TEST(Classifier, takes_the_size_that_it_says_alone) {
    EXPECT_EQ(error_of([] { list_of(config_with(R"(, "sample_size": [8, 6])"), 6, 8); }), "2: sample_size is 8x6, and a classifier takes no other");
    EXPECT_EQ(list_of(config_with(R"(, "sample_size": [8, 6])"), 8, 6).shapes[Value{0}], (Shape{2, 8, 6, 2}));
    EXPECT_EQ(list_of(config_with(R"(, "sample_size": null)"), 3, 9).shapes[Value{0}], (Shape{2, 3, 9, 2}));
}

TEST(Classifier, refuses_a_config_that_cannot_be_by_its_key) {
    const auto refusal = [](const std::string& config) { return error_of([&] { Network::parse(config, "config.json").smallest(); }); };
    for (const char* key : {"in_channels", "layers_per_block", "norm_num_groups", "features", "num_classes"}) {
        const std::string name = text("2: config.json: ", key);
        EXPECT_TRUE(refusal(config_with("", key)).starts_with(name)) << refusal(config_with("", key));
        for (const char* number : {"0", "-1", "1e9"}) {
            const std::string said = refusal(config_with(text(", \"", key, "\": ", number), key));
            EXPECT_TRUE(said.starts_with(name + " is ")) << said;
        }
    }
    EXPECT_EQ(refusal(config_with("", "block_out_channels")), "2: config.json: block_out_channels has 0 levels, wanted 1 to 11");
    EXPECT_EQ(refusal(config_with(R"(, "num_classes": 1)", "num_classes")), "2: config.json: num_classes is 1, wanted 2 to 65536");
    EXPECT_EQ(refusal(config_with(R"(, "norm_num_groups": 3)", "norm_num_groups")),
              "2: down_blocks.0.resnets.0.norm1: 8 channels do not split into 3 groups (norm_num_groups)");
    EXPECT_EQ(refusal(R"({"_class_name": "Classifier"})"), "3: config.json: _class_name is \"Classifier\"; this version builds UNet2DModel and LangevinClassifier");
}

}  // namespace
}  // namespace lgv
