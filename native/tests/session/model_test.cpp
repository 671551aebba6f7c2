// Models from files and back: every type of tensor, parts in several files, one file, and what was written read again.
#include "session/model.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "io/json.h"
#include "io/mapped_file.h"
#include "io/model_writer.h"
#include "models/unet2d.h"
#include "session/denoiser.h"
#include "tests/graph/seeded_tensors.h"
#include "tests/io/error_text.h"
#include "tests/io/temporary_folder.h"

namespace lgv {
namespace {

namespace fs = std::filesystem;

// Learned variance, classes, attention; fields of an average of weights, as EMAModel leaves them; the oldest class and block names.
const std::string config = R"({"_class_name": "UNetModel", "sample_size": 8, "in_channels": 1, "out_channels": 2, "block_out_channels": [8, 16],
    "down_block_types": ["UNetResDownBlock2D", "UNetResAttnDownBlock2D"], "up_block_types": ["UNetResAttnUpBlock2D", "UNetResUpBlock2D"],
    "layers_per_block": 1, "norm_num_groups": 4, "attention_head_dim": 8, "num_class_embeds": 3, "langevin_none_label": 2,
    "decay": 0.9999, "inv_gamma": 1.0, "min_decay": 0.0, "optimization_step": 1000, "power": 0.6667, "update_after_step": 0, "use_ema_warmup": false})";
const std::string scheduler = R"({"_class_name": "DDIMScheduler", "num_train_timesteps": 1000})";
const std::string labels = R"(["cat", "dog"])";
const std::string weights_name = "diffusion_pytorch_model.safetensors";

// Values that every type of tensor holds exactly: few bits, no subnormals.
struct Tensors {
    std::vector<WantedTensor> wanted;
    std::vector<std::vector<float>> values;

    Tensors() {
        const OpList list = unet2d(UNet2DConfig::parse(config, "config.json"), 1, 8, 8);
        uint64_t seed = 3;
        for (const ParameterInfo& info : list.parameters) {
            wanted.push_back({info.name, info.shape});
            int64_t elements = 1;
            for (const int64_t extent : info.shape) elements *= extent;
            values.push_back(test::normals(seed++, elements));
            for (float& value : values.back()) value = std::round(value * 16) / 64;
        }
    }

    std::vector<std::byte> bytes(size_t i, DType type) const {
        std::vector<std::byte> out;
        for (const float value : values[i]) {
            const double wide = value;
            const auto bits = std::bit_cast<uint32_t>(value);
            const auto half = uint16_t(value == 0 ? bits >> 16 : (bits >> 16 & 0x8000) | ((bits >> 23 & 0xff) - 112) << 10 | (bits >> 13 & 0x3ff));
            const auto brain = uint16_t(bits >> 16);
            const void* from = type == DType::f32 ? static_cast<const void*>(&value) : type == DType::f64 ? static_cast<const void*>(&wide)
                               : type == DType::f16 ? static_cast<const void*>(&half) : &brain;
            const auto* at = static_cast<const std::byte*>(from);
            out.insert(out.end(), at, at + size_of(type));
        }
        return out;
    }

    // Tensors `begin` to `end`, under the names of today or those of before.
    void write(const fs::path& file, DType type, size_t begin, size_t end, const Metadata& metadata = {}) const {
        std::vector<NamedTensor> named;
        for (size_t i = begin; i < end; ++i) named.push_back({wanted[i].name, {type, wanted[i].shape, nullptr}});
        write_safetensors(file, named, metadata, [&](size_t i) { return bytes(begin + i, type); });
    }
};

std::shared_ptr<Model> open(const fs::path& path) { return Model::open(Device::open("cpu", 1), path.string()); }

// What the network says to some image, both halves of it.
std::vector<float> said_by(const std::shared_ptr<Model>& model) {
    const std::shared_ptr<Denoiser> denoiser = Denoiser::open(model, 1);
    denoiser->set_condition(0, {LGV_CONDITION_LABEL, 1});
    const lgv_image image{.slot = 0, .seed = 5, .start = 1};
    denoiser->join({&image, 1});
    const lgv_evaluation evaluation{.slot = 0, .condition = 0, .t = 300, .s = 1, .weight = 1, .weight_variance = 1};
    denoiser->step({&evaluation, 1}, {});
    std::vector<float> out(2 * 64);
    denoiser->read({&image.slot, 1}, LGV_PLANE_OUT, 0, out.data(), 128);
    for (const float value : out) EXPECT_TRUE(std::isfinite(value));
    return out;
}

struct Folder : TemporaryFolder {
    Tensors tensors;

    // A pipeline with weights of this type.
    fs::path pipeline(const std::string& name, DType type, const std::string& weights = weights_name) const {
        write(name + "/model_index.json", R"({"_class_name": "DDIMPipeline"})");
        write(name + "/scheduler/scheduler_config.json", scheduler);
        write(name + "/unet/config.json", config);
        write(name + "/unet/labels.json", labels);
        tensors.write(path() / name / "unet" / weights, type, 0, tensors.wanted.size());
        return path() / name;
    }
};

TEST(Model, has_the_same_bits_from_float32_float16_bfloat16_and_float64) {
    const Folder folder;
    const std::vector<float> wanted = said_by(open(folder.pipeline("f32", DType::f32)));
    EXPECT_EQ(said_by(open(folder.pipeline("f16", DType::f16, "diffusion_pytorch_model.fp16.safetensors"))), wanted);
    EXPECT_EQ(said_by(open(folder.pipeline("bf16", DType::bf16))), wanted);
    EXPECT_EQ(said_by(open(folder.pipeline("f64", DType::f64))), wanted);
    EXPECT_NE(open(folder.path() / "f16")->files_text().find(R"("types":["float16"],"note":"the weights are diffusion_pytorch_model.fp16.safetensors)"),
              std::string::npos);
}

TEST(Model, in_several_files_is_the_model_in_one) {
    const Folder folder;
    const std::vector<float> wanted = said_by(open(folder.pipeline("one", DType::f32)));
    const fs::path unet = folder.pipeline("several", DType::f32) / "unet";
    fs::remove(unet / weights_name);
    const size_t count = folder.tensors.wanted.size();
    JsonWriter index;
    index.open('{').key("metadata").open('{').key("total_size").value(1).close('}').key("weight_map").open('{');
    for (size_t shard = 0; shard < 3; ++shard) {
        const size_t begin = count * shard / 3, end = count * (shard + 1) / 3;
        const std::string name = text("diffusion_pytorch_model-0000", shard + 1, "-of-00003.safetensors");
        folder.tensors.write(unet / name, shard == 1 ? DType::bf16 : DType::f32, begin, end);
        for (size_t i = begin; i < end; ++i) index.key(folder.tensors.wanted[i].name).value(name);
    }
    folder.write("several/unet/" + weights_name + ".index.json", index.close('}').close('}').text());
    EXPECT_EQ(said_by(open(folder.path() / "several")), wanted);
}

TEST(Model, is_written_as_a_folder_or_a_file_and_read_again) {
    const Folder folder;
    const fs::path source = folder.pipeline("source", DType::f16);
    const std::shared_ptr<Model> model = open(source);
    const std::vector<float> wanted = said_by(model);
    model->write((folder.path() / "copy").string(), LGV_FORMAT_FOLDER);
    model->write((folder.path() / "copy.safetensors").string(), LGV_FORMAT_FILE);
    model->write((folder.path() / "brain.safetensors").string(), LGV_FORMAT_FILE_BF16);
    for (const char* name : {"copy", "copy.safetensors", "brain.safetensors"}) {
        const std::shared_ptr<Model> copy = open(folder.path() / name);
        EXPECT_EQ(copy->texts().config.json, config) << name;
        EXPECT_EQ(copy->texts().scheduler.json, scheduler) << name;
        EXPECT_EQ(copy->texts().labels.json, labels) << name;
        EXPECT_EQ(said_by(copy), wanted) << name;  // bfloat16 holds these weights exactly
    }
    EXPECT_LT(fs::file_size(folder.path() / "brain.safetensors"), fs::file_size(folder.path() / "copy.safetensors"));
    EXPECT_EQ(read_text(folder.path() / "copy/model_index.json"),
              "{\"_class_name\":\"DDIMPipeline\",\"scheduler\":[\"diffusers\",\"DDIMScheduler\"],\"unet\":[\"diffusers\",\"UNet2DModel\"]}\n");
    // From a file to a folder, and over itself: what was opened stays what it was.
    const std::shared_ptr<Model> file = open(folder.path() / "copy.safetensors");
    file->write((folder.path() / "again").string(), LGV_FORMAT_FOLDER);
    EXPECT_EQ(said_by(open(folder.path() / "again")), wanted);
    file->write((folder.path() / "copy.safetensors").string(), LGV_FORMAT_FILE);
    EXPECT_EQ(said_by(file), wanted);
    EXPECT_EQ(said_by(open(folder.path() / "copy.safetensors")), wanted);

    const std::string root = folder.path().string();
    EXPECT_EQ(error_of(root, [&] { model->write(root + "/copy", LGV_FORMAT_FOLDER); }), "1: m/copy is there already; write to another name, or remove it first");
    EXPECT_EQ(error_of(root, [&] { model->write(root + "/a.bin", LGV_FORMAT_FILE); }), "1: m/a.bin: a model in one file has a name that ends with .safetensors");
    EXPECT_EQ(error_of(root, [&] { model->write(root + "/a", 7); }), "1: format 7, wanted one of enum lgv_format (0 to 2)");
    EXPECT_EQ(error_of(root, [&] { model->write("", LGV_FORMAT_FOLDER); }), "1: the path to write to is empty");
}

TEST(Model, with_a_broken_scheduler_is_opened_but_not_written) {
    const Folder folder;
    const fs::path source = folder.pipeline("m", DType::f32);
    folder.write("m/scheduler/scheduler_config.json", "{\"a\": \"\xff\"}");
    const std::shared_ptr<Model> model = open(source);  // whoever takes the steps needs no scheduler
    EXPECT_EQ(error_of(source.string(), [&] { model->write((folder.path() / "a.safetensors").string(), LGV_FORMAT_FILE); }),
              "2: m/scheduler/scheduler_config.json, line 1, column 8: a string that is not UTF-8");
    EXPECT_FALSE(fs::exists(folder.path() / "a.safetensors"));
}

TEST(Model, rounds_weights_to_bfloat16_to_the_nearest_even) {
    const TemporaryFolder folder;
    const std::vector<float> from = {1, 1 + 0x1p-8f, 1 + 3 * 0x1p-8f, 1 + 0x1.1p-8f, -0x1.fffffep127f, NAN, INFINITY, 0x1p-149f, -0.0f};
    const std::vector<float> rounded = {1, 1, 1 + 4 * 0x1p-8f, 1 + 0x1p-7f, -INFINITY, NAN, INFINITY, 0, -0.0f};
    ModelContent content;
    content.config = "{}";
    content.tensors = {{"a", {int64_t(from.size())}}};
    content.read = [&](size_t, float* out) { std::copy(from.begin(), from.end(), out); };
    write_model_file(folder.path() / "a.safetensors", content, DType::bf16);
    const Safetensors file(folder.path() / "a.safetensors");
    std::vector<float> got(from.size());
    file.read(*file.find("a"), got.data());
    for (size_t i = 0; i < got.size(); ++i) EXPECT_TRUE(got[i] == rounded[i] || (std::isnan(got[i]) && std::isnan(rounded[i]))) << from[i] << " gave " << got[i];
}

TEST(Model, refuses_names_of_classes_that_do_not_fit) {
    const Folder folder;
    const fs::path source = folder.pipeline("m", DType::f32);
    const auto said = [&](const std::string& text) {
        folder.write("m/unet/labels.json", text);
        return error_of((source / "unet/labels.json").string(), [&] { open(source); });
    };
    EXPECT_EQ(said(R"(["a", "b"])"), "no error");
    EXPECT_EQ(said(R"(["a", "b", "none"])"), "no error");
    EXPECT_EQ(said(R"(["a"])"), "2: m has 1 names, the network 3 classes, one of which means none");
    EXPECT_EQ(said(R"(["a", 2])"), "2: m[1] is 2, wanted a string");
    EXPECT_EQ(said("{}"), "2: m is {}, wanted a list");
}

}  // namespace
}  // namespace lgv
