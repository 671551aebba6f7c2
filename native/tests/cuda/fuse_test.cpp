// Which launches of a program do each other's work, and that they do it: fused programs against the reference and against themselves unfused.
#include "graph/fuse.cuda.h"

#include <functional>

#include "tests/cuda/program_run.h"
#include "tests/models/program_check.h"

namespace lgv::testing {
namespace {

// Writes op lists by hand. Images are 14x16 unless a test says otherwise: large enough for convolutions in patches, from more than 32 channels on.
struct Draft {
    OpList list;

    Value image(int64_t channels, int64_t rows = 1, int64_t height = 14, int64_t width = 16) { return list.input({rows, height, width, channels}); }

    Value conv(const std::string& name, Value x, int32_t channels, Conv2d how = {}) {
        how.x = x, how.out_channels = channels;
        const int64_t in = list.shapes[x].c + (how.x2 ? list.shapes[how.x2].c : 0);
        how.weight = list.parameter(name + ".weight", {channels, in, how.kernel, how.kernel});
        how.bias = list.parameter(name + ".bias", {channels});
        return list.emit(name, how);
    }

    Value norm(const std::string& name, Value x, int32_t groups, GroupNorm how = {.act = Activation::silu}) {
        how.x = x, how.groups = groups;
        const int64_t channels = list.shapes[x].c + (how.x2 ? list.shapes[how.x2].c : 0);
        how.weight = list.parameter(name + ".weight", {channels});
        how.bias = list.parameter(name + ".bias", {channels});
        return list.emit(name, how);
    }

    Value linear(const std::string& name, Value x, int32_t channels) {
        return list.emit(name, Linear{.x = x, .weight = list.parameter(name + ".weight", {channels, list.shapes[x].c}), .bias = {}, .out_channels = channels, .residual = {}});
    }

    // The list ends in something that is no part of what is looked at.
    CudaList fused(CudaType type = CudaType::bf16, const CudaTarget& target = {}) const {
        OpList whole = list;
        whole.output = whole.nodes.back().out;
        return fuse(whole, type, target);
    }
};

size_t index_of(const CudaList& plan, const std::string& name) {
    for (size_t i = 0; i < plan.list.nodes.size(); ++i)
        if (plan.list.nodes[i].name == name) return i;
    ADD_FAILURE() << "no node " << name;
    return 0;
}
const CudaFused& fused_at(const CudaList& plan, const std::string& name) { return plan.fused[index_of(plan, name)]; }
const Conv2d& conv_at(const CudaList& plan, const std::string& name) { return std::get<Conv2d>(std::get<ForwardOp>(plan.list.nodes[index_of(plan, name)].op)); }

TEST(CudaFuse, reads_through_a_norm_whose_moments_a_convolution_gives) {
    Draft draft;
    const Value x = draft.conv("first", draft.image(3), 64);
    draft.linear("last", draft.conv("second", draft.norm("norm", x, 8), 40), 8);
    const CudaList plan = draft.fused();
    const CudaFused &first = fused_at(plan, "first"), &norm = fused_at(plan, "norm"), &second = fused_at(plan, "second");
    EXPECT_TRUE(norm.in_pieces);
    EXPECT_FALSE(norm.applies);
    EXPECT_TRUE(norm.moments[0].is_given);
    EXPECT_TRUE(first.statistics);
    EXPECT_EQ(first.statistics, norm.moments[0].value);
    EXPECT_EQ(second.norm.factors, norm.factors);
    EXPECT_TRUE(second.norm.silu);
    EXPECT_EQ(conv_at(plan, "second").x, x);
    EXPECT_EQ(plan.types[norm.factors], CudaType::f32);
    EXPECT_EQ(plan.list.shapes[norm.factors], (Shape{1, 1, 64, 2}));
    EXPECT_EQ(plan.list.shapes[first.statistics], (Shape{1, 2, 64, 2})) << "two runs of 128 pixels";
}

TEST(CudaFuse, has_the_moments_of_a_tensor_once) {
    Draft draft;
    const Value skip = draft.conv("skip", draft.image(32), 64);
    const Value h = draft.conv("first", draft.norm("norm1", skip, 8), 96);
    draft.linear("last", draft.conv("second", draft.norm("norm2", h, 4, {.x2 = skip, .act = Activation::none}), 40), 8);
    const CudaList plan = draft.fused();
    const CudaFused &norm1 = fused_at(plan, "norm1"), &norm2 = fused_at(plan, "norm2"), &second = fused_at(plan, "second");
    EXPECT_EQ(norm1.moments[0].value, fused_at(plan, "skip").statistics);
    EXPECT_EQ(norm2.moments[1].value, fused_at(plan, "skip").statistics);
    EXPECT_EQ(norm2.moments[0].value, fused_at(plan, "first").statistics);
    EXPECT_EQ(norm2.tiles[0].tile_h, 4) << "of a convolution in patches";
    EXPECT_EQ(norm2.tiles[1].tile_w, 64) << "of one in tiles, since the network's input is float32";
    EXPECT_EQ(conv_at(plan, "second").x, h);
    EXPECT_EQ(conv_at(plan, "second").x2, skip);
    EXPECT_TRUE(second.norm);
    EXPECT_FALSE(second.norm.silu);
    EXPECT_FALSE(norm2.applies);
}

// A slab does all in one launch.
TEST(CudaFuse, leaves_a_slab_alone_that_would_become_more_launches) {
    const auto norm_of = [](const std::function<void(Draft&)>& write) {
        Draft draft;
        write(draft);
        return fused_at(draft.fused(), "norm").in_pieces;
    };
    const auto finish = [](Draft& draft, Value y) { draft.linear("last", y, 8); };
    EXPECT_TRUE(norm_of([&](Draft& d) { finish(d, d.conv("second", d.norm("norm", d.conv("first", d.image(32), 64), 8), 40)); }));
    // Its moments would have to be made: nobody writes an input, and a linear layer gives none. A convolution whose sums are split gives none either.
    EXPECT_FALSE(norm_of([&](Draft& d) { finish(d, d.conv("second", d.norm("norm", d.image(64), 8), 40)); }));
    EXPECT_FALSE(norm_of([&](Draft& d) { finish(d, d.conv("second", d.norm("norm", d.linear("first", d.image(32), 64), 8), 40)); }));
    EXPECT_FALSE(norm_of([&](Draft& d) { finish(d, d.conv("second", d.norm("norm", d.conv("first", d.image(256, 1, 4, 4), 64), 8), 5)); }));
    // One of two sources would.
    EXPECT_FALSE(norm_of([&](Draft& d) {
        const Value x2 = d.image(64);
        finish(d, d.conv("second", d.norm("norm", d.conv("first", d.image(32), 64), 8, {.x2 = x2, .act = Activation::silu}), 40));
    }));
    // It would have to be applied: for a linear layer, for one of two readers, for a convolution with 3x3 taps in tiles, as a residual.
    EXPECT_FALSE(norm_of([&](Draft& d) { finish(d, d.norm("norm", d.conv("first", d.image(32), 64), 8)); }));
    EXPECT_FALSE(norm_of([&](Draft& d) {
        const Value y = d.norm("norm", d.conv("first", d.image(32), 64), 8);
        d.linear("beside", y, 8);
        finish(d, d.conv("second", y, 40));
    }));
    EXPECT_FALSE(norm_of([&](Draft& d) { finish(d, d.conv("second", d.norm("norm", d.conv("first", d.image(32), 64), 8), 24)); }));
    EXPECT_FALSE(norm_of([&](Draft& d) {
        const Value y = d.norm("norm", d.conv("first", d.image(32), 64), 8);
        finish(d, d.conv("second", y, 64, {.residual = y}));
    }));
    // Convolutions know no other activation; and nobody reads an output through.
    EXPECT_FALSE(norm_of([&](Draft& d) { finish(d, d.conv("second", d.norm("norm", d.conv("first", d.image(32), 64), 8, {.act = Activation::mish}), 40)); }));
    // Two sources that end within 32 channels are multiplied in tiles.
    EXPECT_FALSE(norm_of([&](Draft& d) {
        const Value x2 = d.conv("beside", d.image(32), 40);
        finish(d, d.conv("second", d.norm("norm", d.conv("first", d.image(32), 56), 8, {.x2 = x2, .act = Activation::silu}), 40));
    }));
}

TEST(CudaFuse, reads_a_norm_through_with_1x1_kernels_and_for_pictures) {
    Draft draft;
    const Value x = draft.conv("first", draft.image(32), 64);
    const Value y = draft.norm("norm", x, 8);
    draft.conv("narrow", y, 24, {.kernel = 1, .pad = {}});
    draft.linear("last", draft.conv("picture", y, 3), 8);
    const CudaList plan = draft.fused();
    EXPECT_FALSE(fused_at(plan, "norm").applies);
    EXPECT_EQ(conv_at(plan, "narrow").x, x);
    EXPECT_EQ(conv_at(plan, "picture").x, x);
    EXPECT_EQ(fused_at(plan, "narrow").norm.factors, fused_at(plan, "picture").norm.factors);
}

constexpr CudaTarget no_slabs{.shared_bytes = 41 * 1024};  // but room for patches, of up to 64 channels

TEST(CudaFuse, applies_the_norm_of_a_large_image_whose_output_others_want) {
    Draft draft;
    const Value x = draft.conv("first", draft.image(32, 1, 24, 40), 64);
    draft.linear("last", draft.norm("norm", x, 8), 8);
    const CudaList plan = draft.fused(CudaType::bf16, no_slabs);
    EXPECT_TRUE(fused_at(plan, "norm").in_pieces);
    EXPECT_TRUE(fused_at(plan, "norm").applies);
    EXPECT_TRUE(fused_at(plan, "norm").moments[0].is_given);
}

TEST(CudaFuse, makes_the_moments_of_a_large_image_once_where_nobody_gives_them) {
    Draft draft;
    const Value x = draft.image(64, 1, 24, 40);
    draft.conv("first", draft.norm("norm1", x, 8), 40);
    draft.linear("last", draft.conv("second", draft.norm("norm2", x, 4), 40), 8);
    const CudaList plan = draft.fused(CudaType::bf16, no_slabs);
    EXPECT_FALSE(fused_at(plan, "norm1").moments[0].is_given);
    EXPECT_TRUE(fused_at(plan, "norm2").moments[0].is_given);
    EXPECT_EQ(fused_at(plan, "norm1").moments[0].value, fused_at(plan, "norm2").moments[0].value);
}

TEST(CudaFuse, keeps_an_output_that_is_read_after_a_launch) {
    Draft draft;
    const Value y = draft.norm("norm", draft.conv("first", draft.image(32), 64), 8);
    draft.conv("second", y, 40);
    EXPECT_TRUE(fused_at(draft.fused(), "norm").in_pieces);
    draft.list.kept = {y};
    EXPECT_FALSE(fused_at(draft.fused(), "norm").in_pieces);
}

TEST(CudaFuse, leaves_the_oracle_in_float32_as_it_is) {
    Draft draft;
    draft.linear("last", draft.conv("second", draft.norm("norm", draft.conv("first", draft.image(32), 64), 8), 40), 8);
    const CudaList plan = draft.fused(CudaType::f32);
    EXPECT_EQ(plan.list.shapes.all.size(), draft.list.shapes.all.size());
    for (const CudaFused& fused : plan.fused) EXPECT_FALSE(fused.in_pieces || fused.norm || fused.statistics);
}

// ---- what is fused runs ----

// Everything at once: moments given in patches, in tiles and of pictures, made, and shared; groups that straddle two sources; scale and shift; an upsampling
// reader; norms that are read through and norms that are applied. 20 x 32 pixels do not fill patches of 8 x 16.
OpList diamond(int64_t rows) {
    Draft d;
    const Value picture = d.image(3, rows, 10, 16), features = d.image(32, rows, 10, 16), time = d.list.input({rows, 1, 1, 128});
    const Value in = d.conv("in", picture, 32);
    const Value wide = d.conv("wide", d.norm("wide.norm", in, 4), 96, {.residual = {}, .upsample = true});
    const Value down = d.conv("down", wide, 64, {.stride = 2});
    const Value other = d.conv("other", features, 64, {.upsample = true});
    const Value both = d.conv("both", d.norm("both.norm", wide, 4, {.x2 = other, .act = Activation::silu, .scale_shift = {}}), 64);
    const Value shifted = d.conv("shifted", d.norm("shifted.norm", other, 8, {.act = Activation::silu, .scale_shift = time}), 64, {.residual = both});
    const Value mixed = d.conv("mixed", d.norm("mixed.norm", shifted, 5, {.x2 = wide, .act = Activation::mish}), 64);
    const Value made = d.conv("made", d.norm("made.norm", features, 4), 64, {.residual = down});
    const Value up = d.conv("up", made, 64, {.residual = mixed, .upsample = true});
    d.list.output = d.conv("out", d.norm("out.norm", up, 8), 3);
    return std::move(d.list);
}

std::vector<std::vector<float>> inputs_of(const OpList& list, const std::vector<int>& pictures) {
    std::vector<std::vector<float>> inputs(list.inputs.size());
    for (size_t i = 0; i < inputs.size(); ++i) {
        for (const int picture : pictures) {
            const std::vector<float> numbers = normals(uint64_t(picture) * 16 + i, list.shapes[list.inputs[i]].per_image());
            for (const float v : numbers) inputs[i].push_back(i == 2 ? v * 0.25f : v);
        }
    }
    return inputs;
}

class Diamond : public ::testing::Test {
protected:
    const OpList list = diamond(3);
    const test::SeededTensors tensors{list, 5};
    const Weights weights{tensors.views()};
    CudaWeights on_device{weights};
};

using CudaFuseDiamond = Diamond;

TEST_F(CudaFuseDiamond, is_fused_as_it_says) {
    const CudaProgram program(list, on_device, no_slabs, CudaType::bf16);
    const std::string dump = program.dump();
    const auto algorithm_of = [&](const char* name) {
        for (size_t i = 0; i < list.nodes.size(); ++i)
            if (list.nodes[i].name == name) return program.algorithm(i);
        return std::string();
    };
    EXPECT_EQ(algorithm_of("in"), "few inputs");
    EXPECT_EQ(algorithm_of("wide.norm"), "slabs of 32 channels");
    EXPECT_EQ(algorithm_of("wide"), "tiles 128x128, statistics") << "patches of 96 channels want more shared memory";
    EXPECT_EQ(algorithm_of("up"), "patches 128x64, statistics");
    EXPECT_EQ(algorithm_of("both.norm"), "merge, moments of x given, moments of x2 given, applied by its readers");
    EXPECT_EQ(algorithm_of("both"), "patches 128x64, norm silu");
    EXPECT_EQ(algorithm_of("shifted.norm"), "merge, moments of x given, applied by its readers");
    EXPECT_EQ(algorithm_of("mixed.norm"), "merge, moments of x given, moments of x2 given");
    EXPECT_NE(dump.find("both.norm     group_norm              -"), std::string::npos) << dump;
}

// bfloat16, as the whole networks of program_test.cpp. Unfused, the same numbers are rounded at the same places, by factors whose last float32 bits differ: what
// differs is a few numbers by a unit in the last place, 2^-8, and what follows from them.
TEST_F(CudaFuseDiamond, is_the_reference_and_itself_unfused) {
    const OpList two = diamond(2);
    const auto inputs = inputs_of(two, {3, 7});
    const CudaProgram fused(two, on_device, no_slabs, CudaType::bf16), alone(unfused(two, CudaType::bf16), on_device, no_slabs);
    const std::vector<float> got = run_program(fused, inputs, 2);
    EXPECT_LT(worst_difference(got, run_reference(two, weights, inputs)), 3e-2);
    EXPECT_LT(worst_difference(got, run_program(alone, inputs, 2)), 1e-2);
    EXPECT_LT(fused.arena_bytes(), alone.arena_bytes());
}

TEST_F(CudaFuseDiamond, gives_a_row_its_own_bits) {
    const auto alone_list = diamond(1);
    const CudaProgram alone(alone_list, on_device, no_slabs, CudaType::bf16), three(list, on_device, no_slabs, CudaType::bf16);
    for (size_t i = 0; i < list.nodes.size(); ++i) EXPECT_EQ(alone.algorithm(i), three.algorithm(i));
    const std::vector<float> one = run_program(alone, inputs_of(alone_list, {7}), 1);
    const std::vector<float> two = run_program(three, inputs_of(list, {3, 7}), 2);
    expect_same_bits(two.data() + one.size(), one.data(), int64_t(one.size()));
}

// Every value has memory of its own here, so that whoever writes a dead row is seen.
TEST_F(CudaFuseDiamond, leaves_dead_rows_alone) {
    const CudaList plan = fuse(list, CudaType::bf16, no_slabs);
    const std::vector<CudaOp> ops = lower(plan, on_device, no_slabs);
    std::vector<int64_t> offsets;
    int64_t bytes = 0, workspace_bytes = 0;
    for (size_t i = 0; i < plan.list.shapes.all.size(); ++i) {
        offsets.push_back(bytes);
        bytes += (plan.list.shapes.all[i].elements() * size_of(plan.types.all[i]) + 255) / 256 * 256 + 256;
    }
    for (const CudaOp& op : ops) workspace_bytes = std::max(workspace_bytes, needs(op).workspace_bytes);
    const DeviceMemory arena(bytes), workspace(workspace_bytes);
    std::vector<std::byte> host(size_t(bytes), std::byte{0xff});
    const auto inputs = inputs_of(list, {3, 7});
    for (size_t i = 0; i < inputs.size(); ++i) {
        std::byte* to = host.data() + offsets[size_t(list.inputs[i].id)];
        for (size_t j = 0; j < inputs[i].size(); ++j) {
            const bf16 half = to_bf16(inputs[i][j]);
            if (plan.types[list.inputs[i]] == CudaType::bf16) std::memcpy(to + 2 * j, &half, 2);
            if (plan.types[list.inputs[i]] == CudaType::f32) std::memcpy(to + 4 * j, &inputs[i][j], 4);
        }
    }
    upload(arena.data(), host.data(), bytes);
    for (const CudaOp& op : ops) run(op, {nullptr, 2, arena.data(), offsets, workspace.data()});
    download(host.data(), arena.data(), bytes);
    expect_no_findings();
    for (size_t i = 0; i < offsets.size(); ++i) {
        const int64_t live = plan.list.shapes.all[i].elements() / 3 * 2 * size_of(plan.types.all[i]), end = i + 1 < offsets.size() ? offsets[i + 1] : bytes;
        for (int64_t at = offsets[i] + live; at < end; ++at) ASSERT_EQ(host[size_t(at)], std::byte{0xff}) << "value " << i << ", byte " << at - offsets[i];
    }
}

TEST(CudaFuse, runs_networks_whose_images_fill_patches) {
    const UNet2DConfig config = UNet2DConfig::parse(R"({"sample_size": 16, "in_channels": 3, "out_channels": 3, "block_out_channels": [64, 64],
        "down_block_types": ["DownBlock2D", "AttnDownBlock2D"], "up_block_types": ["AttnUpBlock2D", "UpBlock2D"], "layers_per_block": 1,
        "norm_num_groups": 8, "attention_head_dim": 16})", "config.json");
    const OpList list = unet2d(config, 3, 8, 16);
    const auto inputs = test::inputs_of(config, list);
    const test::SeededTensors tensors(list, 5);
    Weights weights(tensors.views());
    CudaWeights on_device(weights);
    const CudaProgram program(list, on_device, CudaTarget{}, CudaType::bf16);
    EXPECT_NE(program.dump().find("merge, moments of x given, moments of x2 given, applied by its readers"), std::string::npos) << program.dump();
    EXPECT_LT(worst_difference(run_program(program, inputs, 3), run_reference(list, weights, inputs)), 3e-2);
}

}  // namespace
}  // namespace lgv::testing
