// Whole networks on the GPU's kernels, against the reference forms of their ops.
#include "graph/program.cuda.h"

#include "base/error.h"
#include "tests/cuda/program_run.h"
#include "tests/models/program_check.h"

namespace lgv::testing {
namespace {

void expect_network(const char* json, int64_t height, int64_t width) {
    const UNet2DConfig config = UNet2DConfig::parse(json, "config.json");
    const OpList list = unet2d(config, 3, height, width);
    const auto inputs = test::inputs_of(config, list);
    const test::SeededTensors tensors(list, 5);
    Weights weights(tensors.views());
    CudaWeights on_device(weights);
    const std::vector<float> wanted = run_reference(list, weights, inputs);
    const auto difference = [&](CudaType type) {
        const CudaProgram program(list, on_device, CudaTarget{}, type);
        EXPECT_NE(program.dump().find(" ops, "), std::string::npos);
        return worst_difference(run_program(program, inputs, 3), wanted);
    };
    // float32 against double: 1e-5 of the largest magnitude, as for the golden networks on the CPU.
    EXPECT_LT(difference(CudaType::f32), 1e-5);
    // bfloat16: PyTorch's own error on the golden networks is 0.8 to 1.7 % of the largest magnitude; these nets are smaller, so that fewer errors cancel.
    EXPECT_LT(difference(CudaType::bf16), 3e-2);
}

TEST(CudaProgram, is_the_reference_of_a_network_with_classes_and_heads) {
    expect_network(R"({"sample_size": 8, "in_channels": 2, "out_channels": 2, "block_out_channels": [16, 32],
        "down_block_types": ["DownBlock2D", "AttnDownBlock2D"], "up_block_types": ["AttnUpBlock2D", "UpBlock2D"], "layers_per_block": 1,
        "norm_num_groups": 4, "attention_head_dim": 8, "num_class_embeds": 5, "langevin_none_label": 4})", 8, 12);
}

TEST(CudaProgram, is_the_reference_of_a_network_with_scale_shift_and_resampling_blocks) {
    expect_network(R"({"sample_size": 8, "in_channels": 3, "out_channels": 6, "block_out_channels": [8, 24], "resnet_time_scale_shift": "scale_shift",
        "down_block_types": ["ResnetDownsampleBlock2D", "AttnDownBlock2D"], "up_block_types": ["AttnUpBlock2D", "ResnetUpsampleBlock2D"], "layers_per_block": 1,
        "norm_num_groups": 4, "attention_head_dim": null, "act_fn": "gelu", "downsample_type": "resnet", "upsample_type": "resnet", "center_input_sample": true})", 8, 8);
}

TEST(CudaProgram, is_the_reference_of_a_score_network_with_skips) {
    expect_network(R"({"sample_size": 8, "in_channels": 3, "out_channels": 3, "block_out_channels": [32, 32], "time_embedding_type": "fourier",
        "down_block_types": ["SkipDownBlock2D", "AttnSkipDownBlock2D"], "up_block_types": ["AttnSkipUpBlock2D", "SkipUpBlock2D"], "layers_per_block": 1,
        "norm_num_groups": 4, "attention_head_dim": 8, "mid_block_scale_factor": 1.41421356, "freq_shift": 0, "flip_sin_to_cos": true})", 8, 8);
}

TEST(CudaProgram, is_the_reference_of_a_network_that_is_given_an_embedding) {
    expect_network(R"({"sample_size": 4, "in_channels": 1, "out_channels": 1, "block_out_channels": [8, 8], "class_embed_type": "identity",
        "down_block_types": ["DownBlock2D", "DownBlock2D"], "up_block_types": ["UpBlock2D", "UpBlock2D"], "layers_per_block": 1, "norm_num_groups": 4,
        "act_fn": "mish", "time_embedding_type": "learned", "num_train_timesteps": 1001})", 4, 4);
}

TEST(CudaProgram, refuses_the_ops_of_a_training_by_name) {
    const UNet2DConfig config = UNet2DConfig::parse(R"({"sample_size": 4, "in_channels": 1, "out_channels": 1, "block_out_channels": [8], "dropout": 0.5,
        "down_block_types": ["DownBlock2D"], "up_block_types": ["UpBlock2D"], "layers_per_block": 1, "norm_num_groups": 4})", "config.json");
    const OpList list = unet2d(config, 1, 4, 4, Mode::training);
    const test::SeededTensors tensors(list, 5);
    Weights weights(tensors.views());
    CudaWeights on_device(weights);
    try {
        const CudaProgram program(list, on_device, CudaTarget{}, CudaType::f32);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::unsupported);
        EXPECT_NE(std::string(error.what()).find("dropout has no CUDA form yet"), std::string::npos) << error.what();
    }
}

}  // namespace
}  // namespace lgv::testing
