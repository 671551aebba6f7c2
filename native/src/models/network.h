// What a session asks of a network, whichever it is. A new one is another alternative here; its ops, its loss and its parameters follow from emit().
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "models/classifier.h"
#include "models/unet2d.h"

namespace lgv {

class Network {
public:
    // By the "_class_name" of a config.json; a UNet2DModel where it has none. Errors as those of UNet2DConfig::parse.
    static Network parse(const std::string& json, const std::string& file);

    OpList emit(int64_t rows, int64_t height, int64_t width, Mode mode = Mode::inference) const;

    // Which tensors there are does not depend on the size of the pictures: one image of the smallest.
    OpList smallest(Mode mode = Mode::inference) const;

    const UNet2DConfig* unet() const { return std::get_if<UNet2DConfig>(&config_); }
    const ClassifierConfig* classifier() const { return std::get_if<ClassifierConfig>(&config_); }

    int32_t height() const;  // its own size; 0: not said
    int32_t width() const;
    int32_t in_channels() const;
    int32_t out_channels() const { return unet() ? unet()->out_channels : 0; }
    int32_t labels() const { return unet() ? unet()->num_class_embeds : 0; }    // that it takes
    int32_t none_label() const { return unet() ? unet()->none_label : -1; }
    int32_t classes() const { return classifier() ? classifier()->num_classes : 0; }  // that it tells apart
    int32_t features() const { return classifier() ? classifier()->features : 0; }
    int32_t embedding() const;  // numbers of a class embedding; 0: it takes none

private:
    using Config = std::variant<UNet2DConfig, ClassifierConfig>;
    explicit Network(Config config) : config_(std::move(config)) {}

    Config config_;
};

}  // namespace lgv
