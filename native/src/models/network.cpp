#include "models/network.h"

#include <algorithm>

#include "io/json.h"

namespace lgv {

Network Network::parse(const std::string& json, const std::string& file) {
    const Json root = Json::parse(json, file);
    const std::string kind = Fields(root, file).string("_class_name", "UNet2DModel");
    if (kind == "LangevinClassifier") return Network(ClassifierConfig::parse(json, file));
    return Network(UNet2DConfig::parse(json, file));
}

OpList Network::emit(int64_t rows, int64_t height, int64_t width, Mode mode) const {
    return unet() ? unet2d(*unet(), rows, height, width, mode) : lgv::classifier(*classifier(), rows, height, width);
}

// A U-Net wants one pixel for each of the deepest level, a classifier its own size.
OpList Network::smallest(Mode mode) const {
    if (unet()) {
        const int64_t extent = int64_t{1} << (unet()->block_out_channels.size() - 1);
        return emit(1, extent, extent, mode);
    }
    return emit(1, std::max(height(), 1), std::max(width(), 1), mode);
}

int32_t Network::height() const {
    return std::visit([](const auto& config) { return config.height; }, config_);
}

int32_t Network::width() const {
    return std::visit([](const auto& config) { return config.width; }, config_);
}

int32_t Network::in_channels() const {
    return std::visit([](const auto& config) { return config.in_channels; }, config_);
}

int32_t Network::embedding() const { return unet() && unet()->class_embedding == ClassEmbedding::identity ? unet()->time_embedding_dim : 0; }

}  // namespace lgv
