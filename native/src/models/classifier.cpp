#include "models/classifier.h"

#include <tuple>

#include "base/error.h"
#include "io/json.h"
#include "models/blocks.h"
#include "models/config_values.h"

namespace lgv {

ClassifierConfig ClassifierConfig::parse(const std::string& json, const std::string& file) {
    const Json root = Json::parse(json, file);
    const Fields config(root, file);
    ClassifierConfig classifier;
    std::tie(classifier.height, classifier.width) = sample_size_of(config);
    classifier.in_channels = whole(config, "in_channels", 1, most_channels);
    classifier.block_out_channels = levels_of(config, {});
    classifier.layers_per_block = whole(config, "layers_per_block", 1, most_layers);
    classifier.norm_num_groups = whole(config, "norm_num_groups", 1, most_channels);
    classifier.act = activation_of(config);
    classifier.features = whole(config, "features", 1, most_channels);
    classifier.num_classes = whole(config, "num_classes", 2, most_channels);
    return classifier;
}

OpList classifier(const ClassifierConfig& config, int64_t rows, int64_t height, int64_t width) {
    expect(config.height == 0 || (height == config.height && width == config.width), Code::model, "sample_size is ", config.height, "x", config.width,
           ", and a classifier takes no other");
    OpList list;
    list.loss = Loss::cross_entropy;
    Layers net{list, {.act = config.act}};
    const Groups groups{config.norm_num_groups};
    const size_t levels = config.block_out_channels.size();

    Value h = net.conv("conv_in", {.x = list.input({rows, height, width, config.in_channels}), .out_channels = config.block_out_channels[0]});
    for (size_t level = 0; level < levels; ++level) {
        const std::string block = "down_blocks." + std::to_string(level);
        const ResnetBlock resnet{.out_channels = config.block_out_channels[level], .groups = groups, .groups_out = groups, .resample = {}};
        for (int32_t j = 0; j < config.layers_per_block; ++j) h = resnet_block(net, block + ".resnets." + std::to_string(j), resnet, h, {}, {});
        if (level + 1 < levels) h = downsample_conv(net, block + ".downsamplers.0", h, 1);
    }
    h = net.norm("conv_norm_out", groups, {.x = h, .act = config.act});
    h = list.emit("mean_pixels", MeanPixels{.x = h});
    const Value features = net.linear("features", {.x = h, .out_channels = config.features, .act = config.act});
    list.output = net.linear("logits", {.x = features, .out_channels = config.num_classes});
    list.kept = {features};
    return list;
}

}  // namespace lgv
