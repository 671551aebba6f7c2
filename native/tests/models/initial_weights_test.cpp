// What a training begins with: distributions by their bounds, means and variances, the frozen bits, and every parameter of every golden network.
#include "models/initial_weights.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "io/mapped_file.h"
#include "models/unet2d.h"
#include "tests/io/goldens.h"

namespace lgv {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

OpList network(const std::filesystem::path& config) {
    const UNet2DConfig parsed = UNet2DConfig::parse(read_text(config), config.string());
    const int64_t smallest = int64_t{1} << parsed.block_out_channels.size();
    return unet2d(parsed, 1, 2 * smallest, 2 * smallest);
}

OpList golden(const std::string& name) { return network(std::filesystem::path(LANGEVIN_SOURCE_DIR) / "tests/goldens/cases" / name / "model/config.json"); }

// The arena, and each parameter's part of it by name.
struct Made {
    Made(const OpList& list, Initialisation how, uint64_t seed) : arena(size_t(list.parameter_elements()) + 5, nan) {
        initial_weights(list, how, seed, arena.data());
        for (size_t i = arena.size() - 5; i < arena.size(); ++i) EXPECT_TRUE(std::isnan(arena[i])) << "written beyond the last parameter";
        size_t start = 0;
        for (const ParameterInfo& info : list.parameters) {
            int64_t elements = 1;
            for (const int64_t extent : info.shape) elements *= extent;
            by_name[info.name] = std::span(arena).subspan(start, size_t(elements));
            start += size_t(elements);
        }
    }
    std::vector<float> arena;
    std::map<std::string, std::span<float>> by_name;
};

struct Moments {
    double mean = 0, variance = 0, largest = 0;
};

Moments moments(std::span<const float> values) {
    Moments m;
    for (const float value : values) {
        m.mean += double(value);
        m.largest = std::max(m.largest, std::abs(double(value)));
    }
    m.mean /= double(values.size());
    for (const float value : values) m.variance += (double(value) - m.mean) * (double(value) - m.mean);
    m.variance /= double(values.size());
    return m;
}

// Mean and variance within 5 standard deviations of theirs: variance / n, and variance^2 (kurtosis - 1) / n.
void expect_uniform(std::span<const float> values, double bound, const std::string& name) {
    ASSERT_GT(values.size(), 30u) << name;
    const Moments m = moments(values);
    const double n = double(values.size()), variance = bound * bound / 3;
    EXPECT_LE(m.largest, bound * (1 + 1e-7)) << name;
    EXPECT_GE(m.largest, bound * (1 - 20 / n)) << name << " does not come near its bound";
    EXPECT_NEAR(m.mean, 0, 5 * std::sqrt(variance / n)) << name;
    EXPECT_NEAR(m.variance, variance, 5 * variance * std::sqrt(0.8 / n)) << name;
}

void expect_normal(std::span<const float> values, double deviation, const std::string& name) {
    const Moments m = moments(values);
    const double n = double(values.size()), variance = deviation * deviation;
    EXPECT_NEAR(m.mean, 0, 5 * deviation / std::sqrt(n)) << name;
    EXPECT_NEAR(m.variance, variance, 5 * variance * std::sqrt(2 / n)) << name;
}

void expect_all(std::span<const float> values, float wanted, const std::string& name) {
    EXPECT_TRUE(std::ranges::all_of(values, [&](float value) { return value == wanted; })) << name << " is not " << wanted;
}

TEST(InitialWeights, are_pytorchs_distributions) {
    const Made made(golden("unet-seeded-cifar10"), Initialisation::pytorch, 3);
    const auto& by_name = made.by_name;
    // 1 / sqrt(fan_in) of the weight, for its bias too.
    expect_uniform(by_name.at("conv_in.weight"), 1 / std::sqrt(3 * 9.0), "conv_in.weight");
    expect_uniform(by_name.at("conv_in.bias"), 1 / std::sqrt(3 * 9.0), "conv_in.bias");
    expect_uniform(by_name.at("down_blocks.1.resnets.0.conv1.weight"), 1 / std::sqrt(128 * 9.0), "conv1.weight");
    expect_uniform(by_name.at("down_blocks.1.resnets.0.conv_shortcut.weight"), 1 / std::sqrt(128.0), "conv_shortcut.weight");
    expect_uniform(by_name.at("up_blocks.1.resnets.0.conv1.weight"), 1 / std::sqrt(512 * 9.0), "conv1.weight of two sources");
    expect_uniform(by_name.at("up_blocks.1.resnets.0.conv1.bias"), 1 / std::sqrt(512 * 9.0), "conv1.bias");
    expect_uniform(by_name.at("time_embedding.linear_2.weight"), 1 / std::sqrt(512.0), "linear_2.weight");
    expect_uniform(by_name.at("down_blocks.1.attentions.0.to_q.bias"), 1 / std::sqrt(256.0), "to_q.bias");
    expect_uniform(by_name.at("conv_out.weight"), 1 / std::sqrt(128 * 9.0), "conv_out.weight");
    expect_all(by_name.at("conv_norm_out.weight"), 1, "norm weight");
    expect_all(by_name.at("conv_norm_out.bias"), 0, "norm bias");
}

TEST(InitialWeights, are_ho_et_als_distributions) {
    const Made made(golden("unet-seeded-cifar10"), Initialisation::ho, 3);
    const auto& by_name = made.by_name;
    // sqrt(6 / (fan_in + fan_out)), biases 0.
    expect_uniform(by_name.at("conv_in.weight"), std::sqrt(6 / ((3 + 128) * 9.0)), "conv_in.weight");
    expect_uniform(by_name.at("down_blocks.1.resnets.0.conv1.weight"), std::sqrt(6 / ((128 + 256) * 9.0)), "conv1.weight");
    expect_uniform(by_name.at("down_blocks.1.resnets.0.conv_shortcut.weight"), std::sqrt(6 / (128 + 256.0)), "conv_shortcut.weight");
    expect_uniform(by_name.at("down_blocks.1.attentions.0.to_q.weight"), std::sqrt(6 / (256 + 256.0)), "to_q.weight");
    expect_uniform(by_name.at("time_embedding.linear_1.weight"), std::sqrt(6 / (128 + 512.0)), "linear_1.weight");
    expect_uniform(by_name.at("mid_block.resnets.0.time_emb_proj.weight"), std::sqrt(6 / (512 + 256.0)), "time_emb_proj.weight");
    for (const auto& [name, values] : by_name) {
        if (name.ends_with(".bias")) expect_all(values, 0, name);
        if (name.find("norm") != std::string::npos && name.ends_with(".weight")) expect_all(values, 1, name);
    }
}

TEST(InitialWeights, of_ho_et_al_are_zero_exactly_where_a_branch_ends) {
    const OpList list = golden("unet-seeded-cifar10");
    const Made made(list, Initialisation::ho, 3);
    std::set<std::string> zeroed, wanted = {"conv_out.weight"};
    for (const auto& [name, values] : made.by_name) {
        if (name.ends_with(".weight") && std::ranges::all_of(values, [](float value) { return value == 0; })) zeroed.insert(name);
    }
    // Four levels of two blocks down and three up, two in the middle; attention at the second level: two down, three up, one in the middle.
    for (const std::string level : {"0", "1", "2", "3"}) {
        for (const std::string j : {"0", "1"}) wanted.insert("down_blocks." + level + ".resnets." + j + ".conv2.weight");
        for (const std::string j : {"0", "1", "2"}) wanted.insert("up_blocks." + level + ".resnets." + j + ".conv2.weight");
    }
    for (const std::string j : {"0", "1"}) {
        wanted.insert("mid_block.resnets." + j + ".conv2.weight");
        wanted.insert("down_blocks.1.attentions." + j + ".to_out.0.weight");
    }
    wanted.insert("mid_block.attentions.0.to_out.0.weight");
    for (const std::string j : {"0", "1", "2"}) wanted.insert("up_blocks.2.attentions." + j + ".to_out.0.weight");
    EXPECT_EQ(zeroed, wanted);
}

TEST(InitialWeights, draw_tables_and_frequencies_from_normals) {
    for (const Initialisation how : {Initialisation::pytorch, Initialisation::ho}) {
        expect_normal(Made(golden("unet-class-table"), how, 3).by_name.at("class_embedding.weight"), 1, "class_embedding.weight");
        expect_normal(Made(golden("unet-learned-time"), how, 3).by_name.at("time_proj.weight"), 1, "time_proj.weight");
        expect_normal(Made(golden("unet-fourier-skip"), how, 3).by_name.at("time_proj.weight"), 16, "frequencies");
    }
}

TEST(InitialWeights, write_every_parameter_of_every_golden_network_and_nothing_else) {
    size_t networks = 0;
    for (const GoldenCase& found : golden_cases("unet")) {
        const OpList list = network(found.folder / "model/config.json");
        for (const Initialisation how : {Initialisation::pytorch, Initialisation::ho}) {
            const Made made(list, how, 11);
            for (const auto& [name, values] : made.by_name) {
                EXPECT_TRUE(std::ranges::all_of(values, [](float value) { return std::isfinite(value); })) << found.name() << ": " << name;
            }
        }
        ++networks;
    }
    EXPECT_GE(networks, 20u);
}

// A promise as sampling's is: a training of one seed begins with the same weights, whatever the version.
TEST(InitialWeights, have_their_frozen_bits) {
    const OpList list = golden("unet-class-table");
    const Made made(list, Initialisation::pytorch, 7), other(list, Initialisation::pytorch, 8), ho(list, Initialisation::ho, 7);
    const auto first = [](const Made& from, const std::string& name) {
        const std::span<float> values = from.by_name.at(name);
        return std::vector<float>(values.begin(), values.begin() + 5);
    };
    EXPECT_EQ(first(made, "class_embedding.weight"), (std::vector<float>{1.36838508f, -1.12294388f, -1.29286826f, -0.0226286016f, 0.952074111f}));
    EXPECT_EQ(first(made, "conv_in.weight"), (std::vector<float>{0.0979997143f, 0.0103142625f, 0.0962503701f, -0.0956652611f, -0.096759513f}));
    EXPECT_EQ(first(made, "conv_in.bias"), (std::vector<float>{-0.0288423132f, -0.11099451f, -0.00730476622f, -0.14334105f, 0.174553543f}));
    EXPECT_EQ(first(ho, "conv_in.weight"), (std::vector<float>{0.125361651f, 0.0131940478f, 0.123123892f, -0.122375414f, -0.123775177f}));
    EXPECT_NE(first(made, "conv_in.weight"), first(other, "conv_in.weight"));
    EXPECT_NE(first(made, "class_embedding.weight"), first(other, "class_embedding.weight"));
}

TEST(InitialWeights, refuse_a_parameter_that_no_op_reads) {
    OpList list;
    list.parameter("stray.weight", {3});
    float arena[3];
    try {
        initial_weights(list, Initialisation::ho, 1, arena);
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "initial weights: no op says how stray.weight begins");
    }
}

}  // namespace
}  // namespace lgv
