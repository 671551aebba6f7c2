#include "io/model_files.h"

#include <gtest/gtest.h>

#include <string>

#include "io/safetensors.h"
#include "tests/io/error_text.h"
#include "tests/io/goldens.h"
#include "tests/io/temporary_folder.h"

namespace lgv {
namespace {

const std::string kWeights = "diffusion_pytorch_model.safetensors";
const std::string no_tensors("\x02\0\0\0\0\0\0\0{}", 10);  // a safetensors file

struct Folder : TemporaryFolder {
    // What opening says, this folder's own path written as "m".
    std::string said(const std::string& inside = "") const {
        return error_of(path().string(), [&] { open_model_files(inside.empty() ? path() : path() / inside); });
    }
};

TEST(ModelFiles, a_pipeline_has_its_parts_in_unet_and_scheduler) {
    const Folder folder;
    folder.write("model_index.json", R"({"_class_name": "DDIMPipeline", "unet": ["diffusers", "UNet2DModel"]})");
    folder.write("unet/config.json", "{\"a\": 1}");
    folder.write("unet/" + kWeights, no_tensors);
    folder.write("scheduler/scheduler_config.json", "{\"b\": 2}");
    const ModelFiles found = open_model_files(folder.path());
    EXPECT_EQ(found.texts.pipeline, "DDIMPipeline");
    EXPECT_EQ(found.texts.config.json, "{\"a\": 1}");
    EXPECT_EQ(found.texts.config.name, (folder.path() / "unet/config.json").string());
    EXPECT_EQ(found.texts.scheduler.json, "{\"b\": 2}");
    EXPECT_EQ(found.texts.scheduler.name, (folder.path() / "scheduler/scheduler_config.json").string());
    EXPECT_EQ(found.weights.name(), (folder.path() / "unet" / kWeights).string());
    EXPECT_EQ(open_model_files(folder.path() / "unet").texts.config.json, "{\"a\": 1}");  // the model alone
    EXPECT_EQ(open_model_files(folder.path() / "unet").texts.scheduler.json, "");
    EXPECT_EQ(open_model_files(folder.path() / "").texts.pipeline, "DDIMPipeline");  // with a slash at the end
}

// google/ddpm-cifar10-32 lies on the hub like this.
TEST(ModelFiles, a_pipeline_may_have_its_parts_in_the_folder_itself) {
    const Folder folder;
    folder.write("model_index.json", R"({"_class_name": "DDPMPipeline"})");
    folder.write("config.json", "{\"a\": 1}");
    folder.write(kWeights, no_tensors);
    folder.write("scheduler_config.json", "{\"b\": 2}");
    const ModelFiles found = open_model_files(folder.path());
    EXPECT_EQ(found.texts.pipeline, "DDPMPipeline");
    EXPECT_EQ(found.texts.config.json, "{\"a\": 1}");
    EXPECT_EQ(found.texts.scheduler.json, "{\"b\": 2}");
    EXPECT_EQ(found.weights.name(), (folder.path() / kWeights).string());
}

TEST(ModelFiles, a_model_needs_no_scheduler_and_no_index) {
    const Folder folder;
    folder.write("config.json", "{}");
    folder.write(kWeights, no_tensors);
    const ModelFiles found = open_model_files(folder.path());
    EXPECT_EQ(found.texts.pipeline, "");
    EXPECT_EQ(found.texts.scheduler.json, "");
    EXPECT_TRUE(found.texts.scheduler.name.empty());
}

TEST(ModelFiles, a_hub_id_is_told_from_a_folder) {
    EXPECT_EQ(error_of([] { open_model_files("google/ddpm-cifar10-32"); }),
              "2: google/ddpm-cifar10-32 is a hub id, not a folder. Fetch it first:  hf download google/ddpm-cifar10-32 --local-dir ddpm-cifar10-32");
    EXPECT_EQ(error_of([] { open_model_files("google/ddpm-cifar10-32/"); }).substr(0, 37), "2: google/ddpm-cifar10-32 is a hub id");
    EXPECT_EQ(error_of([] { open_model_files("/google/ddpm"); }), "2: /google/ddpm: there is no such file or folder");
    EXPECT_EQ(error_of([] { open_model_files("./google"); }), "2: ./google: there is no such file or folder");
    EXPECT_EQ(error_of([] { open_model_files("a/b/c"); }), "2: a/b/c: there is no such file or folder");
    EXPECT_EQ(error_of([] { open_model_files("no-such-model"); }), "2: no-such-model: there is no such file or folder");
    EXPECT_EQ(error_of([] { open_model_files(""); }), "1: the path of the model is empty");
}

TEST(ModelFiles, one_file_is_one_model_or_says_what_it_lacks) {
    const Folder folder;
    write_safetensors(folder.path() / "a.safetensors", {}, {{"format", "pt"}, {metadata_config, "{\"a\": 1}"}, {metadata_scheduler, "{\"b\": 2}"}, {metadata_labels, "[]"}});
    const ModelFiles found = open_model_files(folder.path() / "a.safetensors");
    EXPECT_EQ(found.texts.config.json, "{\"a\": 1}");
    EXPECT_EQ(found.texts.config.name, (folder.path() / "a.safetensors").string() + ": langevin.config");
    EXPECT_EQ(found.texts.scheduler.json, "{\"b\": 2}");
    EXPECT_EQ(found.texts.labels.json, "[]");
    EXPECT_EQ(found.texts.pipeline, "");
    EXPECT_EQ(found.weights.files().size(), 1u);
    folder.write("b.safetensors", no_tensors);
    EXPECT_EQ(folder.said("b.safetensors"),
              "2: m/b.safetensors has weights alone, no langevin.config in its metadata: open the folder that holds it and its config.json");
    folder.write("c.json", "{}");
    EXPECT_EQ(folder.said("c.json"),
              "2: m/c.json is a file, but no .safetensors; wanted a model in one file, or a diffusers folder: one that holds config.json and " + kWeights);
    for (const char* pickle : {"d.bin", "d.pt", "d.ckpt"}) {
        folder.write(pickle, "");
        EXPECT_EQ(folder.said(pickle),
                  text("3: m/", pickle, " is a pickle, which may run any code when it is opened. Take its weights once, where PyTorch is:  ",
                       "python -c \"import torch; from safetensors.torch import save_file as s; s(torch.load('m/", pickle, "', weights_only=True), 'm/", kWeights,
                       "')\"  and put its config.json beside them"));
    }
}

TEST(ModelFiles, a_variant_is_taken_where_it_is_the_only_one_and_that_is_said) {
    const Folder folder;
    folder.write("config.json", "{}");
    folder.write("diffusion_pytorch_model.fp16.safetensors", no_tensors);
    const ModelFiles found = open_model_files(folder.path());
    EXPECT_EQ(found.weights.name(), (folder.path() / "diffusion_pytorch_model.fp16.safetensors").string());
    EXPECT_EQ(found.texts.note, "the weights are diffusion_pytorch_model.fp16.safetensors, a variant: there are no others");
    folder.write("diffusion_pytorch_model.non_ema.safetensors", no_tensors);
    EXPECT_EQ(folder.said(), "2: m holds no " + kWeights + ", but diffusion_pytorch_model.fp16.safetensors, diffusion_pytorch_model.non_ema.safetensors: which "
                             "are meant? Rename it to " + kWeights);
    folder.write(kWeights, no_tensors);
    const ModelFiles plain = open_model_files(folder.path());
    EXPECT_EQ(plain.weights.name(), (folder.path() / kWeights).string());
    EXPECT_EQ(plain.texts.note, "");
}

TEST(ModelFiles, names_of_classes_lie_beside_the_config) {
    const Folder folder;
    folder.write("unet/config.json", "{}");
    folder.write("unet/" + kWeights, no_tensors);
    EXPECT_EQ(open_model_files(folder.path()).texts.labels.json, "");
    folder.write("unet/labels.json", "[\"a\"]");
    EXPECT_EQ(open_model_files(folder.path()).texts.labels.json, "[\"a\"]");
    EXPECT_EQ(open_model_files(folder.path()).texts.labels.name, (folder.path() / "unet/labels.json").string());
}

TEST(ModelFiles, missing_files_are_named) {
    const Folder folder;
    EXPECT_EQ(folder.said(), "2: m/config.json is missing: a diffusers folder has config.json and " + kWeights + " in it or in its unet/");
    folder.write("model_index.json", "{}");
    EXPECT_EQ(folder.said(), "2: m/model_index.json: _class_name is missing");
    folder.write("model_index.json", R"({"_class_name": "DDPMPipeline"})");
    folder.write("unet/readme", "");
    EXPECT_EQ(folder.said(), "2: m/unet/config.json is missing: a diffusers folder has config.json and " + kWeights + " in it or in its unet/");
    folder.write("unet/config.json", "{}");
    EXPECT_EQ(folder.said(), "2: m/unet holds no " + kWeights + ", the weights of its config.json: fetch that file as well");
    folder.write("unet/model.fp16.safetensors", "");
    EXPECT_EQ(folder.said(), "2: m/unet holds no " + kWeights + " (there is model.fp16.safetensors; is it these weights under another name? Then rename it)");
    folder.write("unet/" + kWeights, no_tensors);
    EXPECT_EQ(folder.said(), "2: m/scheduler_config.json is missing: model_index.json says that this is a DDPMPipeline, which needs one");
    folder.write("scheduler/readme", "");
    EXPECT_EQ(folder.said(), "2: m/scheduler/scheduler_config.json is missing: model_index.json says that this is a DDPMPipeline, which needs one");
    folder.write("scheduler/scheduler_config.json", "{}");
    EXPECT_EQ(folder.said(), "no error");
}

TEST(ModelFiles, pickles_are_refused_with_the_way_to_convert_them) {
    const Folder folder;
    folder.write("config.json", "{}");
    const std::string way = " is a pickle, which may run any code when it is opened. Convert it once, where PyTorch is:  "
                            "python -c \"from diffusers import UNet2DModel as M; M.from_pretrained('m').save_pretrained('m')\"";
    folder.write("diffusion_pytorch_model.fp16.bin", "");
    EXPECT_EQ(folder.said(), "3: m/diffusion_pytorch_model.fp16.bin" + way);
    folder.write("diffusion_pytorch_model.bin", "");
    EXPECT_EQ(folder.said(), "3: m/diffusion_pytorch_model.bin" + way);
    folder.write(kWeights, no_tensors);  // beside safetensors they do no harm
    EXPECT_EQ(folder.said(), "no error");
}

TEST(ModelFiles, other_pipelines_are_refused_by_name) {
    const Folder folder;
    folder.write("model_index.json", R"({"_class_name": "StableDiffusionPipeline"})");
    EXPECT_EQ(folder.said(), "3: m/model_index.json: StableDiffusionPipeline is not supported; langevin opens pipelines of a UNet2DModel over pixels: "
                             "DDPMPipeline, DDIMPipeline and their like");
    folder.write("model_index.json", R"({"_class_name": 3})");
    EXPECT_EQ(folder.said(), "2: m/model_index.json: _class_name is 3, wanted a string");
    folder.write("model_index.json", "<html>");
    EXPECT_EQ(folder.said(), "2: m/model_index.json, line 1, column 1: '<' where a value should be");
}

TEST(ModelFiles, opens_every_pipeline_of_the_golden_cases) {
    const std::vector<GoldenCase> cases = golden_cases("pipeline");
    EXPECT_FALSE(cases.empty());
    for (const GoldenCase& golden : cases) {
        const ModelFiles found = open_model_files(golden.folder / "pipeline");
        EXPECT_FALSE(found.texts.pipeline.empty()) << golden.name();
        EXPECT_FALSE(found.texts.scheduler.json.empty()) << golden.name();
    }
}

}  // namespace
}  // namespace lgv
