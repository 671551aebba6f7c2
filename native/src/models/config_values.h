// Values that configs of several networks have, each checked: Code::model for what cannot be, Code::unsupported for what this version lacks; both name the key.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "io/json.h"
#include "ops/op.h"

namespace lgv {

constexpr int64_t most_channels = 65536, most_layers = 64, most_extent = 16384;
constexpr int64_t most_levels = 11;  // whose smallest picture has 1024 x 1024 pixels

// An integer key within its range; where it is missing, the fallback, or an error.
int32_t whole(const Fields& config, const char* key, int32_t fallback, int64_t lowest, int64_t highest);
int32_t whole(const Fields& config, const char* key, int64_t lowest, int64_t highest);

// act_fn; silu where it is missing.
Activation activation_of(const Fields& config);

// sample_size: height and width; 0 and 0 where it is not said.
std::pair<int32_t, int32_t> sample_size_of(const Fields& config);

// block_out_channels: the channels of each level; the fallback where it is missing.
std::vector<int32_t> levels_of(const Fields& config, std::vector<int32_t> fallback);

}  // namespace lgv
