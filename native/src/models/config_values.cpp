#include "models/config_values.h"

#include <algorithm>

#include "base/error.h"

namespace lgv {

int32_t whole(const Fields& config, const char* key, int64_t lowest, int64_t highest) {
    const int64_t value = config.integer(key);
    expect(value >= lowest && value <= highest, Code::model, config.name(key), " is ", value, ", wanted ", lowest, " to ", highest);
    return int32_t(value);
}

int32_t whole(const Fields& config, const char* key, int32_t fallback, int64_t lowest, int64_t highest) {
    return config.has(key) ? whole(config, key, lowest, highest) : fallback;
}

Activation activation_of(const Fields& config) {
    std::string name = config.string("act_fn", "silu");
    std::transform(name.begin(), name.end(), name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 'a' - 'A') : c; });
    if (name == "swish") return Activation::silu;
    for (const Activation act : {Activation::silu, Activation::mish, Activation::gelu, Activation::relu}) {
        if (name == name_of(act)) return act;
    }
    fail(Code::unsupported, config.name("act_fn"), " is \"", name, "\", wanted silu, swish, mish, gelu or relu");
}

std::pair<int32_t, int32_t> sample_size_of(const Fields& config) {
    const Json* size = config.find("sample_size");
    if (size == nullptr || size->is(Json::Kind::null)) return {0, 0};
    if (!size->is(Json::Kind::array)) {
        const int32_t extent = whole(config, "sample_size", 1, most_extent);
        return {extent, extent};
    }
    const std::vector<int64_t> extents = config.integers("sample_size");
    expect(extents.size() == 2, Code::model, config.name("sample_size"), " has ", extents.size(), " numbers, wanted height and width");
    for (const int64_t extent : extents) {
        expect(extent >= 1 && extent <= most_extent, Code::model, config.name("sample_size"), " has ", extent, ", wanted 1 to ", most_extent);
    }
    return {int32_t(extents[0]), int32_t(extents[1])};
}

std::vector<int32_t> levels_of(const Fields& config, std::vector<int32_t> fallback) {
    std::vector<int32_t> channels = std::move(fallback);
    if (config.has("block_out_channels")) {
        channels.clear();
        for (const int64_t c : config.integers("block_out_channels")) {
            expect(c >= 1 && c <= most_channels, Code::model, config.name("block_out_channels"), " has ", c, ", wanted 1 to ", most_channels);
            channels.push_back(int32_t(c));
        }
    }
    const auto levels = int64_t(channels.size());
    expect(levels >= 1 && levels <= most_levels, Code::model, config.name("block_out_channels"), " has ", levels, " levels, wanted 1 to ", most_levels);
    return channels;
}

}  // namespace lgv
