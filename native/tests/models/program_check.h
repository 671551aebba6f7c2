// A network's program against the reference forms of its ops, which share no code with it, at both instruction sets.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "graph/program.h"
#include "models/unet2d.h"
#include "tests/graph/seeded_tensors.h"

namespace lgv::test {

// Three rows of inputs that the network takes, in the list's order.
inline std::vector<std::vector<float>> inputs_of(const UNet2DConfig& config, const OpList& list) {
    constexpr size_t rows = 3;
    const auto timesteps = [&](std::vector<float> t) {
        if (config.time_embedding != TimeEmbedding::learned) return t;
        for (float& value : t) {
            const int32_t row = int32_t(value) % config.num_train_timesteps;
            std::memcpy(&value, &row, sizeof row);
        }
        return t;
    };
    std::vector<std::vector<float>> inputs{normals(1, list.shapes[list.inputs[0]].elements()), timesteps({999, 1, 500.5f})};
    switch (config.class_embedding) {
        case ClassEmbedding::none: break;
        case ClassEmbedding::table: {
            const int32_t labels[rows] = {0, config.num_class_embeds / 2, config.num_class_embeds - 1};
            inputs.emplace_back(rows);
            std::memcpy(inputs.back().data(), labels, sizeof labels);
            break;
        }
        case ClassEmbedding::timestep: inputs.push_back(timesteps({3, 7, 1000})); break;
        case ClassEmbedding::identity: inputs.push_back(normals(2, list.shapes[list.inputs[2]].elements())); break;
    }
    return inputs;
}

// The worst difference, of the largest magnitude.
inline void expect_program_is_reference(const UNet2DConfig& config, int64_t height, int64_t width) {
    const int64_t rows = 3;
    const OpList list = unet2d(config, rows, height, width);
    const SeededTensors tensors(list, 5);
    Weights weights(tensors.views());
    const std::vector<std::vector<float>> inputs = inputs_of(config, list);
    const std::vector<float> wanted = run_reference(list, weights, inputs);
    float largest = 0;
    for (const float value : wanted) largest = std::max(largest, std::abs(value));

    ThreadTeam team(2);
    for (const Isa isa : {Isa::avx2, Isa::avx512}) {
        if (isa > choose_isa("")) continue;
        const CpuProgram program(list, weights, isa, team.threads());
        std::vector<std::byte> room(size_t(program.arena_bytes()) + 64, std::byte{0xFF});  // NaN wherever nothing was written
        std::byte* arena = room.data() + (64 - reinterpret_cast<uintptr_t>(room.data()) % 64) % 64;
        for (size_t i = 0; i < inputs.size(); ++i) std::memcpy(program.at(arena, list.inputs[i]), inputs[i].data(), inputs[i].size() * sizeof(float));
        program.launch(team, arena, rows);
        const auto* got = reinterpret_cast<const float*>(program.at(arena, list.output));
        // float32 against double: 1e-5 of the largest magnitude, as for the golden networks.
        for (size_t i = 0; i < wanted.size(); ++i) ASSERT_NEAR(got[i], wanted[i], 1e-5f * largest) << name_of(isa) << ", element " << i;
    }
}

}  // namespace lgv::test
