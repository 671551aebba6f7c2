// What cost() says of a launch, against what the emulator counts while it runs; and predictions against what they must come to.
#include "graph/predict.cuda.h"

#include <fstream>
#include <map>
#include <sstream>

#include "base/error.h"
#include "models/unet2d.h"
#include "tests/cuda/cuda_bench.h"
#ifdef LANGEVIN_SIMT
#include "simt/emulator.h"
#endif

namespace lgv::testing {
namespace {

// ddpm-cifar10-32 of Ho et al. 2020, as diffusers writes it.
constexpr const char* cifar = R"({"sample_size": 32, "in_channels": 3, "out_channels": 3, "block_out_channels": [128, 256, 256, 256], "layers_per_block": 2,
    "down_block_types": ["DownBlock2D", "AttnDownBlock2D", "DownBlock2D", "DownBlock2D"], "up_block_types": ["UpBlock2D", "UpBlock2D", "AttnUpBlock2D", "UpBlock2D"],
    "attention_head_dim": null, "norm_num_groups": 32, "norm_eps": 1e-6, "act_fn": "silu", "downsample_padding": 0, "flip_sin_to_cos": false, "freq_shift": 1})";

// A network lowered without a value of its weights.
struct Lowered {
    CudaList plan;
    Weights weights;
    CudaWeights sizes;
    std::vector<CudaOp> ops;

    Lowered(OpList list, const GpuMachine& machine)
        : plan(fuse(std::move(list), CudaType::bf16, target_of(machine))), weights(shapes_of(plan.list), [](Parameter, float*) { FAIL() << "a weight was read"; }),
          sizes(weights, CudaWeights::Keep::sizes), ops(lower(plan, sizes, target_of(machine))) {}

    static std::vector<std::vector<int64_t>> shapes_of(const OpList& list) {
        std::vector<std::vector<int64_t>> shapes;
        for (const ParameterInfo& info : list.parameters) shapes.push_back(info.shape);
        return shapes;
    }
    static Lowered cifar_of(int64_t rows, const char* gpu) { return {unet2d(UNet2DConfig::parse(cifar, "config.json"), rows, 32, 32), gpu_machine(gpu)}; }
};

// Counted by hand from the architecture, op by op, each with its bytes once and everything fused, the floor of 64 images on an H200 is 1.069 ms. On top of that comes
// here what GroupNorm and the merging of split sums move by themselves, which is left out, and what split sums write, and q, k and v reading x three times: 3 %.
TEST(CudaCost, comes_to_the_floor_that_was_counted_by_hand) {
    const GpuMachine& machine = gpu_machine("h200");
    const Lowered net = Lowered::cifar_of(64, "h200");
    double floor = 0, flops = 0;
    for (const CudaOp& op : net.ops) {
        for (const CudaCost& c : cost(op, 64)) {
            if (std::string_view(c.kernel).starts_with("group_norm") || std::string_view(c.kernel) == "conv_forward_merge") continue;
            floor += predict(c, machine).floor;
            flops += double(c.flops);
        }
    }
    EXPECT_NEAR(flops / 64e9, 12.44, 0.02);
    EXPECT_GT(floor * 1e3, 1.069);
    EXPECT_LT(floor * 1e3, 1.03 * 1.069);
}

// Registers and shared memory are written down beside the launches; what the compiler makes of the kernels stands in kernels.txt. They must allow as many blocks.
TEST(CudaCost, knows_what_the_compiler_made_of_the_kernels) {
    std::ifstream file(std::string(LANGEVIN_SOURCE_DIR) + "/native/src/kernels.txt");
    ASSERT_TRUE(file.good());
    struct Made {
        int32_t registers;
        int64_t shared;
    };
    std::multimap<std::string, Made> made;
    for (std::string row; std::getline(file, row);) {
        std::istringstream in(row);
        std::string target, other, name;
        Made kernel{};
        if (!(in >> target) || target != "sm_90a") continue;
        in >> kernel.registers >> kernel.shared >> other >> other >> other >> other >> name;
        made.insert({name.substr(0, name.find('<')), kernel});
    }
    const GpuMachine& machine = gpu_machine("h200");
    const Lowered net = Lowered::cifar_of(1, "h200");
    for (const CudaOp& op : net.ops) {
        for (const CudaCost& c : cost(op, 1)) {
            const auto [first, last] = made.equal_range(c.kernel);
            ASSERT_NE(first, last) << c.kernel << " is not in kernels.txt";
            bool found = false;
            for (auto i = first; i != last; ++i) {
                CudaCost as_made = c;
                as_made.registers = i->second.registers;
                as_made.static_bytes = std::max<int64_t>(i->second.shared - GpuConstants::shared_of_system, 0);
                found = found || (resident_blocks(as_made, machine) == resident_blocks(c, machine) && as_made.static_bytes == c.static_bytes);
            }
            EXPECT_TRUE(found) << c.kernel << ": " << c.registers << " registers and " << c.static_bytes << " bytes are not what kernels.txt says";
        }
    }
}

TEST(CudaPrediction, is_a_line_a_launch_and_what_it_comes_to) {
    const Lowered net = Lowered::cifar_of(64, "h200");
    std::vector<NamedCudaOp> named;
    for (size_t i = 0; i < net.ops.size(); ++i) named.push_back({net.plan.list.nodes[i].name, &net.ops[i]});
    const std::string text = predict(named, 64, gpu_machine("h200"));
    EXPECT_NE(text.find("conv_in "), std::string::npos);
    EXPECT_NE(text.find("H200 SXM 141 GB, 64 images: "), std::string::npos);
    EXPECT_NE(text.find("evaluations a second"), std::string::npos);
    EXPECT_GT(net.sizes.packed_bytes(), 2 * 35'000'000);  // counted, though nothing was packed
}

TEST(CudaPrediction, is_never_below_the_floor_and_grows_with_the_images) {
    const GpuMachine& machine = gpu_machine("a100");
    double last = 0;
    for (const int64_t rows : {1, 4, 64, 65}) {
        const Lowered net = Lowered::cifar_of(rows, "a100");
        double seconds = 0;
        for (const CudaOp& op : net.ops) {
            for (const CudaCost& c : cost(op, rows)) {
                const CudaPrediction p = predict(c, machine);
                EXPECT_GE(p.seconds, p.floor) << c.kernel << " of " << rows;
                EXPECT_GE(resident_blocks(c, machine), 1) << c.kernel;
                seconds += p.seconds;
            }
        }
        EXPECT_GT(seconds, last);
        last = seconds;
    }
}

#ifdef LANGEVIN_SIMT

struct Sums {
    uint64_t launches = 0, blocks = 0, threads = 0, matrix = 0, read = 0, written = 0, l2 = 0;
};

// The values of one op in memory, the launch, and what was counted of it.
template <class Op>
struct Trial {
    const Bench& bench;
    const Op& op;
    CudaRun how;
    int64_t rows = 3;
    double slack = 1.03;  // device memory goes in whole sectors of 32 bytes
    double l2 = 0;        // the emulator has no first-level cache: biases come to each thread anew. 0: more than that does, not compared
    std::vector<Value> labels{}, floats{};

    // change(lowered, shapes, types): may add values.
    template <class Change>
    void expect_counted(const Change& change) const {
        Shapes shapes = bench.shapes(rows);
        shapes.all.push_back(output_shape(op, shapes));
        const Value out{int32_t(shapes.all.size()) - 1};
        CudaTypes types{std::vector<CudaType>(shapes.all.size(), how.type)};
        types.all[0] = how.in;
        types.all.back() = how.out;
        for (const Value label : labels) types.all[size_t(label.id)] = CudaType::i32;
        for (const Value number : floats) types.all[size_t(number.id)] = CudaType::f32;
        const Weights source = bench.weights();
        CudaWeights weights(source);
        auto lowered = lower(op, out, shapes, types, weights, how.target);
        change(lowered, shapes, types);
        SCOPED_TRACE(algorithm(lowered));

        std::vector<int64_t> offsets;
        int64_t bytes = 0;
        for (size_t i = 0; i < shapes.all.size(); ++i) {
            offsets.push_back(bytes);
            bytes += (shapes.all[i].elements() * size_of(types.all[i]) + 511) / 256 * 256;
        }
        const DeviceMemory arena(bytes), workspace(needs(lowered).workspace_bytes);
        std::vector<std::byte> host(static_cast<size_t>(bytes), std::byte{0x3f});  // 0.747 in both types, and a label that stands for the first
        upload(arena.data(), host.data(), bytes);

        const bool before = simt::config().count;
        simt::take_counters();
        simt::config().count = true;
        run(lowered, CudaLaunch{nullptr, rows, arena.data(), offsets, workspace.data()});
        download(host.data(), arena.data(), bytes);  // until then nothing need have happened
        simt::config().count = before;
        std::map<std::string, Sums> counted, said;
        for (const simt::KernelCounters& c : simt::take_counters()) {
            Sums& sums = counted[c.kernel.substr(0, c.kernel.find('<'))];
            sums.launches += c.launches, sums.blocks += c.blocks, sums.threads = c.threads, sums.matrix += c.matrix_instructions;
            sums.read += c.bytes_read, sums.written += c.bytes_written, sums.l2 += c.sectors * 32;
        }
        for (const CudaCost& c : cost(lowered, rows)) {
            Sums& sums = said[c.kernel];
            ++sums.launches, sums.blocks += uint64_t(c.grid.blocks), sums.threads = uint64_t(c.grid.threads), sums.matrix += uint64_t(c.matrix_instructions);
            sums.read += uint64_t(c.bytes_read), sums.written += uint64_t(c.bytes_written), sums.l2 += uint64_t(c.l2_bytes);
        }
        ASSERT_EQ(counted.size(), said.size());
        for (const auto& [kernel, is] : counted) {
            SCOPED_TRACE(kernel);
            ASSERT_TRUE(said.contains(kernel));
            const Sums& of = said[kernel];
            EXPECT_EQ(of.launches, is.launches);
            EXPECT_EQ(of.blocks, is.blocks);
            EXPECT_EQ(of.threads, is.threads);
            EXPECT_EQ(of.matrix, is.matrix);
            EXPECT_LE(double(of.read), double(is.read)) << "read";
            EXPECT_GE(slack * double(of.read) + 256, double(is.read)) << "read";
            EXPECT_LE(double(of.written), double(is.written)) << "written";
            EXPECT_GE(slack * double(of.written) + 256, double(is.written)) << "written";
            if (l2 == 0) continue;
            EXPECT_LE(double(of.l2), l2 * double(is.l2)) << "L2";
            EXPECT_GE(l2 * double(of.l2), double(is.l2)) << "L2";
        }
    }
    void expect_counted() const {
        expect_counted([](auto&, auto&, auto&) {});
    }
};

struct ConvCase {
    Shape x;
    int32_t out_channels = 1;
    int64_t channels2 = 0;
    int32_t kernel = 3, stride = 1;
    Padding pad = Padding::all(1);
    bool upsample = false, added = false;
    double slack = 1.03, l2 = 0;
};

constexpr CudaRun bf16_run{CudaType::bf16, CudaType::bf16, CudaType::bf16, {}}, picture_in{CudaType::bf16, CudaType::f32, CudaType::bf16, {}},
    picture_out{CudaType::bf16, CudaType::bf16, CudaType::f32, {}}, oracle{CudaType::f32, CudaType::f32, CudaType::f32, {}};

// As it is lowered, and with a norm in front and statistics behind.
void expect_conv(const ConvCase& c, const std::string& form, const CudaRun& how = bf16_run) {
    SCOPED_TRACE(::testing::Message() << to_text(c.x) << " + " << c.channels2 << " to " << c.out_channels);
    Bench bench;
    Conv2d op{.out_channels = c.out_channels, .kernel = c.kernel, .stride = c.stride, .pad = c.pad, .upsample = c.upsample};
    op.x = bench.value(c.x);
    if (c.channels2) op.x2 = bench.value({1, c.x.h, c.x.w, c.channels2});
    op.weight = bench.parameter({c.out_channels, c.x.c + c.channels2, c.kernel, c.kernel});
    op.bias = bench.parameter({c.out_channels});
    const Shape y = output_shape(op, bench.shapes(1));
    if (c.added) op.time = bench.value({1, 1, 1, c.out_channels}), op.residual = bench.value(y);
    const Trial<Conv2d> trial{.bench = bench, .op = op, .how = how, .slack = c.slack, .l2 = c.l2};
    trial.expect_counted([&](CudaConv2d& conv, auto&, auto&) { EXPECT_EQ(algorithm(conv).substr(0, form.size()), form); });
    Trial<Conv2d> fused = trial;
    fused.l2 = 0;  // factors come again and again from the first-level cache
    fused.expect_counted([&](CudaConv2d& conv, Shapes& shapes, CudaTypes& types) {
        const auto add = [&](const Shape& shape) {
            shapes.all.push_back(shape);
            types.all.push_back(CudaType::f32);
            return Value{int32_t(shapes.all.size()) - 1};
        };
        conv.norm = {add({fused.rows, 1, c.x.c + c.channels2, 2}), true};
        if (gives_statistics(conv)) conv.statistics = add(statistics_shape(conv));
    });
}

TEST(CudaCost, of_convolutions_is_what_the_emulator_counts) {
    expect_conv({.x = {1, 16, 16, 64}, .out_channels = 128, .channels2 = 32, .added = true, .l2 = 1.35}, "patches 128x128");
    expect_conv({.x = {1, 15, 15, 32}, .out_channels = 72, .l2 = 1.35}, "patches 128x128");
    expect_conv({.x = {1, 8, 15, 32}, .out_channels = 40, .l2 = 1.35}, "patches 128x64");
    expect_conv({.x = {1, 8, 8, 32}, .out_channels = 64, .upsample = true, .l2 = 1.35}, "patches 128x64");
    expect_conv({.x = {1, 16, 16, 64}, .out_channels = 128, .kernel = 1, .pad = {}, .added = true, .l2 = 1.35}, "tiles 128x128");
    expect_conv({.x = {1, 16, 16, 32}, .out_channels = 64, .stride = 2, .pad = {0, 0, 1, 1}, .l2 = 1.35}, "tiles 64x64");
    expect_conv({.x = {1, 11, 12, 48}, .out_channels = 24, .added = true, .l2 = 1.35}, "tiles 128x32");
    expect_conv({.x = {1, 16, 16, 48}, .out_channels = 40, .kernel = 1, .pad = {}, .l2 = 1.35}, "tiles 128x64");
    expect_conv({.x = {1, 4, 4, 256}, .out_channels = 64, .added = true, .l2 = 1.35}, "tiles 64x64 split");
    expect_conv({.x = {1, 9, 8, 16}, .out_channels = 9, .kernel = 1, .stride = 2, .pad = Padding::all(1)}, "tiles 64x64");
    expect_conv({.x = {1, 5, 7, 13}, .out_channels = 24, .channels2 = 7, .slack = 1.1}, "tiles 64x64");
    expect_conv({.x = {1, 16, 16, 3}, .out_channels = 128}, "few inputs", picture_in);
    expect_conv({.x = {1, 9, 18, 64}, .out_channels = 3, .channels2 = 32, .added = false}, "few outputs", picture_out);
    expect_conv({.x = {1, 5, 6, 12}, .out_channels = 8, .channels2 = 4, .added = true}, "elements", oracle);
}

TEST(CudaCost, of_linear_is_what_the_emulator_counts) {
    for (const auto& [pixels, c, k, how] : {std::tuple(1, 512, 256, bf16_run), {1, 100, 40, bf16_run}, {64, 96, 96, bf16_run}, {256, 64, 64, bf16_run}, {256, 96, 256, bf16_run},
                                            {6, 40, 24, oracle}}) {
        SCOPED_TRACE(::testing::Message() << pixels << " pixels, " << c << " to " << k);
        Bench bench;
        Linear op{.x = bench.value({1, 1, pixels, c}), .weight = bench.parameter({k, c}), .bias = bench.parameter({k}), .out_channels = k, .act = Activation::silu};
        op.residual = bench.value({1, 1, pixels, k});
        Trial<Linear>{.bench = bench, .op = op, .how = how, .l2 = pixels >= 64 ? 1.25 : 0}.expect_counted();
    }
}

TEST(CudaCost, of_attention_is_what_the_emulator_counts) {
    for (const auto& [h, w, heads, size, how] : {std::tuple(8, 8, 1, 256, bf16_run), {7, 11, 2, 64, bf16_run}, {9, 8, 4, 32, bf16_run}, {4, 5, 1, 512, bf16_run}, {8, 8, 1, 128, bf16_run},
                                                 {3, 5, 2, 16, oracle}}) {
        SCOPED_TRACE(::testing::Message() << h * w << " pixels, " << heads << " heads of " << size);
        Bench bench;
        const Shape image{1, h, w, heads * size};
        const Attention op{.q = bench.value(image), .k = bench.value(image), .v = bench.value(image), .heads = heads};
        Trial<Attention>{.bench = bench, .op = op, .how = how, .rows = 2, .l2 = how.type == CudaType::bf16 ? 1.05 : 0}.expect_counted();
    }
}

TEST(CudaCost, of_group_norm_is_what_the_emulator_counts) {
    for (const int64_t shared : {99 * 1024, 1024}) {  // a block with 1 KiB takes no slab
        for (const CudaType type : {CudaType::bf16, CudaType::f32}) {
            for (const auto& [image, c2, scaled] : {std::tuple(Shape{1, 16, 16, 64}, 0, false), {Shape{1, 8, 9, 96}, 32, true}, {Shape{1, 5, 7, 12}, 4, false}}) {
                SCOPED_TRACE(::testing::Message() << to_text(image) << " + " << c2 << " " << name_of(type) << " " << shared);
                Bench bench;
                GroupNorm op{.x = bench.value(image), .groups = 4, .act = Activation::silu};
                if (c2 != 0) op.x2 = bench.value({1, image.h, image.w, c2});
                if (scaled) op.scale_shift = bench.value({1, 1, 1, 2 * (image.c + c2)});
                op.weight = bench.parameter({image.c + c2});
                op.bias = bench.parameter({image.c + c2});
                CudaRun how = CudaRun::of(type);
                how.target.shared_bytes = shared;
                Trial<GroupNorm>{.bench = bench, .op = op, .how = how}.expect_counted();
            }
        }
    }
}

TEST(CudaCost, of_everything_else_is_what_the_emulator_counts) {
    for (const CudaRun& how : {bf16_run, oracle}) {
        for (const ResampleKind kind : {ResampleKind::average, ResampleKind::fir_down, ResampleKind::nearest, ResampleKind::fir_up}) {
            Bench bench;
            const Resample op{.x = bench.value({1, 6, 8, 48}), .kind = kind};
            Trial<Resample>{.bench = bench, .op = op, .how = how}.expect_counted();
        }
        Bench bench;
        const Affine affine{.x = bench.value({1, 9, 7, 6}), .scale = 2};
        Trial<Affine>{.bench = bench, .op = affine, .how = how}.expect_counted();
        Bench pixels;
        const MeanPixels mean{.x = pixels.value({1, 9, 7, 48})};
        Trial<MeanPixels>{.bench = pixels, .op = mean, .how = how}.expect_counted();
        Bench told;
        const TimestepEmbedding sines{.t = told.value({1, 1, 1, 1}), .channels = 160};
        Trial<TimestepEmbedding>{.bench = told, .op = sines, .how = how, .floats = {sines.t}}.expect_counted();
        Bench level;
        const FourierEmbedding noise{.t = level.value({1, 1, 1, 1}), .frequencies = level.parameter({96}), .channels = 96};
        Trial<FourierEmbedding>{.bench = level, .op = noise, .how = how, .floats = {noise.t}}.expect_counted();
    }
    // All images have one label here, whose row is read once.
    Bench bench;
    const LabelEmbedding op{.label = bench.value({1, 1, 1, 1}), .table = bench.parameter({5, 64}), .rows = 5, .channels = 64};
    Trial<LabelEmbedding>{.bench = bench, .op = op, .how = bf16_run, .rows = 1, .labels = {op.label}}.expect_counted();
}

#endif

}  // namespace
}  // namespace lgv::testing
