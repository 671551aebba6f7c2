// Whole networks backward: the rules put together, in double against differences of the loss, and the CPU program against the reference forms.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "base/error.h"
#include "graph/autograd.h"
#include "graph/program.h"
#include "models/network.h"
#include "ops/weights.h"
#include "tests/graph/seeded_tensors.h"
#include "tests/models/program_check.h"

namespace lgv {
namespace {

constexpr int64_t rows = 3;  // as program_check.h has them

struct Case {
    const char* name;
    const char* keys;
    int64_t size = 8;
    const char* shape = R"("in_channels": 2, "out_channels": 2, "block_out_channels": [8, 16], "norm_num_groups": 4)";
};

// Every rule is met: both kinds of sums with a residual, resampling, concatenation, embeddings, dropout, heads that do not divide, Skip blocks.
const Case cases[] = {
    {"attention", R"("down_block_types": ["DownBlock2D", "AttnDownBlock2D"], "up_block_types": ["AttnUpBlock2D", "UpBlock2D"])"},
    {"classes, scale and shift, dropout", R"("down_block_types": ["DownBlock2D", "DownBlock2D"], "up_block_types": ["UpBlock2D", "UpBlock2D"], "num_class_embeds": 5,
        "resnet_time_scale_shift": "scale_shift", "dropout": 0.25)"},
    {"resnets that resample, class timesteps", R"("down_block_types": ["ResnetDownsampleBlock2D", "AttnDownBlock2D"], "downsample_type": "resnet",
        "up_block_types": ["AttnUpBlock2D", "ResnetUpsampleBlock2D"], "upsample_type": "resnet", "class_embed_type": "timestep", "act_fn": "gelu")"},
    {"Skip blocks, fourier embedding", R"("down_block_types": ["SkipDownBlock2D", "AttnSkipDownBlock2D"], "up_block_types": ["AttnSkipUpBlock2D", "SkipUpBlock2D"],
        "time_embedding_type": "fourier", "mid_block_scale_factor": 1.41)",
     8, R"("in_channels": 3, "out_channels": 3, "block_out_channels": [32, 32], "norm_num_groups": null)"},
    {"a table of timesteps, class embeddings, odd size", R"("down_block_types": ["DownBlock2D", "DownBlock2D"], "up_block_types": ["UpBlock2D", "UpBlock2D"],
        "time_embedding_type": "learned", "num_train_timesteps": 50, "class_embed_type": "identity", "downsample_padding": 0, "center_input_sample": true)", 10},
    {"a classifier", R"("_class_name": "LangevinClassifier", "features": 6, "num_classes": 5)"},
    {"a classifier of odd pictures, gelu", R"("_class_name": "LangevinClassifier", "features": 9, "num_classes": 4, "act_fn": "gelu")", 7},
};

Network network_of(const Case& which) {
    return Network::parse(text(R"({"sample_size": )", which.size, R"(, "layers_per_block": 1, "attention_head_dim": 8, )", which.shape, ", ", which.keys, "}"), which.name);
}

struct Pass {
    OpList list;
    TrainingValues values;
    std::vector<std::vector<float>> inputs;  // in the list's order
    std::vector<bool> bits;                  // of each: it is not numbers, but a label or a key in their room

    Pass(const Network& network, int64_t size) : list(network.emit(rows, size, size, Mode::training)) {
        if (const UNet2DConfig* unet = network.unet()) {
            inputs = test::inputs_of(*unet, list);
            bits = {false, unet->time_embedding == TimeEmbedding::learned, unet->class_embedding == ClassEmbedding::table};
            bits.resize(inputs.size());
            if (unet->dropout > 0) add(test::normals(77, rows * 2), true);  // any bits are a key
        } else {
            add(test::normals(1, list.shapes[list.inputs[0]].elements()), false);
        }
        const int64_t outputs = list.shapes[list.output].elements();
        values = differentiate(list);
        if (network.classifier()) {
            const int32_t labels[rows] = {0, network.classes() - 1, 1};
            std::vector<float> room(rows);
            std::memcpy(room.data(), labels, sizeof labels);
            add(room, true);
        } else {
            add(test::normals(3, outputs), false);
        }
        add({1, 0.5f, 2}, false);
    }

private:
    void add(std::vector<float> input, bool is_bits) {
        inputs.push_back(std::move(input));
        bits.push_back(is_bits);
    }
};

// The sum of the losses, forward ops in double.
double loss_of(const Pass& pass, const Weights& weights) {
    const OpList& list = pass.list;
    std::vector<std::vector<double>> memory(list.shapes.all.size());
    std::vector<double*> values;
    for (size_t i = 0; i < memory.size(); ++i) {
        memory[i].resize(size_t(list.shapes.all[i].elements()));
        values.push_back(memory[i].data());
    }
    for (size_t i = 0; i < list.inputs.size(); ++i) {
        double* const to = values[size_t(list.inputs[i].id)];
        const std::vector<float>& from = pass.inputs[i];
        if (pass.bits[i]) {
            std::memcpy(to, from.data(), from.size() * sizeof(float));
        } else {
            std::copy(from.begin(), from.end(), to);
        }
    }
    std::vector<float> unused(size_t(list.parameter_elements()));
    for (const Node& node : list.nodes) {
        reference(node, ReferenceLaunchOf<double>{values, list.shapes, weights, node.out});
        if (std::holds_alternative<BackwardOp>(node.op)) break;  // the loss is the first of them
    }
    double sum = 0;
    for (int64_t i = 0; i < rows; ++i) sum += values[size_t(pass.values.loss.id)][i];
    return sum;
}

TEST(TrainingPass, has_the_slopes_of_the_loss) {
    for (const Case& which : cases) {
        SCOPED_TRACE(which.name);
        const Pass pass(network_of(which), which.size);
        std::vector<std::vector<float>> tensors;
        std::vector<TensorView> views;
        {
            const test::SeededTensors seeded(pass.list, 9);
            for (const TensorView& view : seeded.views()) {
                const auto* from = reinterpret_cast<const float*>(view.data);
                tensors.emplace_back(from, from + view.elements());
            }
        }
        for (size_t i = 0; i < tensors.size(); ++i) views.push_back({DType::f32, pass.list.parameters[i].shape, reinterpret_cast<const std::byte*>(tensors[i].data())});
        const Weights weights(views);
        std::vector<float> gradients(size_t(pass.list.parameter_elements()));
        run_reference(pass.list, weights, pass.inputs, &gradients);
        float largest = 0;
        for (const float g : gradients) largest = std::max(largest, std::abs(g));

        const std::vector<int64_t> offsets = pass.list.parameter_offsets();
        const std::vector<bool> trained = trained_parameters(pass.list);
        for (size_t p = 0; p < tensors.size(); ++p) {
            const size_t i = tensors[p].size() / 2;
            float& w = tensors[p][i];
            const float before = w;
            const auto at = [&](float x) {
                w = x;
                return loss_of(pass, weights);
            };
            constexpr float h = 0x1p-9f;
            const float above = before + h, below = before - h;
            const double slope = (at(above) - at(below)) / (double(above) - double(below));
            w = before;
            const double wanted = trained[p] ? slope : 0;
            // Values of the backward pass are float32 and the difference leaves h^2 of a third derivative: 1e-4 of the largest gradient. A forgotten part of a
            // sum of derivatives is off by a share of the gradient itself.
            ASSERT_NEAR(gradients[size_t(offsets[p]) + i], wanted, 1e-4 * double(largest) + 1e-3 * std::abs(slope)) << pass.list.parameters[p].name << " " << i;
        }
    }
}

TEST(TrainingPass, of_the_cpu_is_that_of_the_reference_whatever_the_threads) {
    for (const Case& which : cases) {
        SCOPED_TRACE(which.name);
        const Pass pass(network_of(which), which.size);
        const test::SeededTensors tensors(pass.list, 9);
        Weights weights(tensors.views());
        std::vector<float> wanted(size_t(pass.list.parameter_elements()));
        const std::vector<float> losses = run_reference(pass.list, weights, pass.inputs, &wanted);
        float largest = 0;
        for (const float g : wanted) largest = std::max(largest, std::abs(g));
        for (const Isa isa : {Isa::avx2, Isa::avx512}) {
            if (isa > choose_isa("")) continue;
            std::vector<float> first;
            for (const int threads : {1, 2, 3}) {
                ThreadTeam team(threads);
                const CpuProgram program(pass.list, weights, isa, threads);
                std::vector<std::byte> room(size_t(program.arena_bytes()) + 64, std::byte{0xFF});  // NaN wherever nothing was written
                std::byte* arena = room.data() + (64 - reinterpret_cast<uintptr_t>(room.data()) % 64) % 64;
                for (size_t i = 0; i < pass.inputs.size(); ++i) {
                    std::memcpy(program.at(arena, pass.list.inputs[i]), pass.inputs[i].data(), pass.inputs[i].size() * sizeof(float));
                }
                std::vector<float> gradients(wanted.size());
                program.launch(team, arena, rows, {}, gradients.data());
                const auto* got = reinterpret_cast<const float*>(program.at(arena, pass.values.loss));
                for (size_t i = 0; i < losses.size(); ++i) ASSERT_NEAR(got[i], losses[i], 1e-5f * losses[i]);
                // float32 against double sums of float32 values: 1e-5 of the largest gradient, as for the outputs of networks.
                for (size_t i = 0; i < wanted.size(); ++i) ASSERT_NEAR(gradients[i], wanted[i], 1e-5f * largest) << name_of(isa) << ", number " << i;
                if (first.empty()) first = gradients;
                ASSERT_EQ(std::memcmp(first.data(), gradients.data(), first.size() * sizeof(float)), 0) << name_of(isa) << ", " << threads << " threads";
            }
        }
    }
}

// A residual hands its derivative on without a copy; nothing else may still want it then. So no op reads a value that a later pass has added to.
TEST(TrainingPass, adds_only_to_what_has_been_written) {
    for (const Case& which : cases) {
        const Pass pass(network_of(which), which.size);
        std::vector<bool> written(pass.list.shapes.all.size());
        for (const Value input : pass.list.inputs) written[size_t(input.id)] = true;
        for (const Node& node : pass.list.nodes) {
            for (const Value value : inputs_of(node.op)) EXPECT_TRUE(written[size_t(value.id)]) << node.name << " reads value " << value.id;
            const auto* backward = std::get_if<BackwardOp>(&node.op);
            if (backward != nullptr) {
                std::visit([&](const auto& op) {
                    for (const Gradient to : op.outputs()) {
                        if (!to) continue;
                        EXPECT_EQ(to.add, written[size_t(to.value.id)]) << node.name << " and value " << to.value.id;
                    }
                }, *backward);
            }
            for (const Value value : outputs_of(node)) written[size_t(value.id)] = true;
        }
    }
}

}  // namespace
}  // namespace lgv
