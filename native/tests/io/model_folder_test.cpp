#include "io/model_folder.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/io/error_text.h"
#include "tests/io/goldens.h"
#include "tests/io/temporary_folder.h"

namespace lgv {
namespace {

const std::string kWeights = "diffusion_pytorch_model.safetensors";

struct Folder : TemporaryFolder {
    // What opening says, this folder's own path written as "m".
    std::string said(const std::string& inside = "") const {
        return error_of(path().string(), [&] { open_model_folder(inside.empty() ? path() : path() / inside); });
    }
};

TEST(ModelFolder, a_pipeline_has_its_parts_in_unet_and_scheduler) {
    const Folder folder;
    folder.write("model_index.json", R"({"_class_name": "DDIMPipeline", "unet": ["diffusers", "UNet2DModel"]})");
    folder.write("unet/config.json", "{\"a\": 1}");
    folder.write("unet/" + kWeights, "");
    folder.write("scheduler/scheduler_config.json", "{\"b\": 2}");
    const ModelFolder found = open_model_folder(folder.path());
    EXPECT_EQ(found.pipeline, "DDIMPipeline");
    EXPECT_EQ(found.config, "{\"a\": 1}");
    EXPECT_EQ(found.config_file, folder.path() / "unet/config.json");
    EXPECT_EQ(found.scheduler, "{\"b\": 2}");
    EXPECT_EQ(found.scheduler_file, folder.path() / "scheduler/scheduler_config.json");
    EXPECT_EQ(found.weights, folder.path() / "unet" / kWeights);
    EXPECT_EQ(open_model_folder(folder.path() / "unet").config, "{\"a\": 1}");  // the model alone
    EXPECT_EQ(open_model_folder(folder.path() / "unet").scheduler, "");
    EXPECT_EQ(open_model_folder(folder.path() / "").pipeline, "DDIMPipeline");  // with a slash at the end
}

// google/ddpm-cifar10-32 lies on the hub like this.
TEST(ModelFolder, a_pipeline_may_have_its_parts_in_the_folder_itself) {
    const Folder folder;
    folder.write("model_index.json", R"({"_class_name": "DDPMPipeline"})");
    folder.write("config.json", "{\"a\": 1}");
    folder.write(kWeights, "");
    folder.write("scheduler_config.json", "{\"b\": 2}");
    const ModelFolder found = open_model_folder(folder.path());
    EXPECT_EQ(found.pipeline, "DDPMPipeline");
    EXPECT_EQ(found.config, "{\"a\": 1}");
    EXPECT_EQ(found.scheduler, "{\"b\": 2}");
    EXPECT_EQ(found.weights, folder.path() / kWeights);
}

TEST(ModelFolder, a_model_needs_no_scheduler_and_no_index) {
    const Folder folder;
    folder.write("config.json", "{}");
    folder.write(kWeights, "");
    const ModelFolder found = open_model_folder(folder.path());
    EXPECT_EQ(found.pipeline, "");
    EXPECT_EQ(found.scheduler, "");
    EXPECT_TRUE(found.scheduler_file.empty());
}

TEST(ModelFolder, a_hub_id_is_told_from_a_folder) {
    EXPECT_EQ(error_of([] { open_model_folder("google/ddpm-cifar10-32"); }),
              "2: google/ddpm-cifar10-32 is a hub id, not a folder. Fetch it first:  hf download google/ddpm-cifar10-32 --local-dir ddpm-cifar10-32");
    EXPECT_EQ(error_of([] { open_model_folder("google/ddpm-cifar10-32/"); }).substr(0, 37), "2: google/ddpm-cifar10-32 is a hub id");
    EXPECT_EQ(error_of([] { open_model_folder("/google/ddpm"); }), "2: /google/ddpm: there is no such folder");
    EXPECT_EQ(error_of([] { open_model_folder("./google"); }), "2: ./google: there is no such folder");
    EXPECT_EQ(error_of([] { open_model_folder("a/b/c"); }), "2: a/b/c: there is no such folder");
    EXPECT_EQ(error_of([] { open_model_folder("no-such-model"); }), "2: no-such-model: there is no such folder");
    EXPECT_EQ(error_of([] { open_model_folder(""); }), "1: the path of the model is empty");
}

TEST(ModelFolder, a_file_in_its_place_is_named) {
    const Folder folder;
    folder.write("x.safetensors", "");
    EXPECT_EQ(folder.said("x.safetensors"), "2: m/x.safetensors is a file, wanted a diffusers folder: one that holds config.json and " + kWeights);
}

TEST(ModelFolder, missing_files_are_named) {
    const Folder folder;
    EXPECT_EQ(folder.said(), "2: m/config.json is missing: a diffusers folder has config.json and " + kWeights + " in it or in its unet/");
    folder.write("model_index.json", "{}");
    EXPECT_EQ(folder.said(), "2: m/model_index.json: _class_name is missing");
    folder.write("model_index.json", R"({"_class_name": "DDPMPipeline"})");
    folder.write("unet/readme", "");
    EXPECT_EQ(folder.said(), "2: m/unet/config.json is missing: a diffusers folder has config.json and " + kWeights + " in it or in its unet/");
    folder.write("unet/config.json", "{}");
    EXPECT_EQ(folder.said(), "2: m/unet holds no " + kWeights);
    folder.write("unet/model.fp16.safetensors", "");
    EXPECT_EQ(folder.said(), "2: m/unet holds no " + kWeights + " (there is model.fp16.safetensors; is it these weights under another name? Then rename it)");
    folder.write("unet/" + kWeights, "");
    EXPECT_EQ(folder.said(), "2: m/scheduler_config.json is missing: model_index.json says that this is a DDPMPipeline, which needs one");
    folder.write("scheduler/readme", "");
    EXPECT_EQ(folder.said(), "2: m/scheduler/scheduler_config.json is missing: model_index.json says that this is a DDPMPipeline, which needs one");
    folder.write("scheduler/scheduler_config.json", "{}");
    EXPECT_EQ(folder.said(), "no error");
}

TEST(ModelFolder, pickles_and_shards_are_refused_with_the_way_to_convert_them) {
    const Folder folder;
    folder.write("config.json", "{}");
    folder.write("diffusion_pytorch_model.bin", "");
    EXPECT_EQ(folder.said(), "3: m/diffusion_pytorch_model.bin is a pickle, which may run any code when it is opened. Convert it once, where PyTorch is:  "
                             "python -c \"from diffusers import UNet2DModel as M; M.from_pretrained('m').save_pretrained('m')\"");
    folder.write(kWeights + ".index.json", "{}");
    EXPECT_EQ(folder.said(), "3: m/" + kWeights + ".index.json: weights in several files are not supported. Save them as one, where PyTorch is:  "
                             "python -c \"from diffusers import UNet2DModel as M; M.from_pretrained('m').save_pretrained('m', max_shard_size='1TB')\", "
                             "then remove the index and its parts");
    folder.write(kWeights, "");  // beside safetensors they do no harm
    EXPECT_EQ(folder.said(), "no error");
}

TEST(ModelFolder, other_pipelines_are_refused_by_name) {
    const Folder folder;
    folder.write("model_index.json", R"({"_class_name": "StableDiffusionPipeline"})");
    EXPECT_EQ(folder.said(), "3: m/model_index.json: StableDiffusionPipeline is not supported; langevin opens DDPMPipeline and DDIMPipeline");
    folder.write("model_index.json", R"({"_class_name": 3})");
    EXPECT_EQ(folder.said(), "2: m/model_index.json: _class_name is 3, wanted a string");
    folder.write("model_index.json", "<html>");
    EXPECT_EQ(folder.said(), "2: m/model_index.json, line 1, column 1: '<' where a value should be");
}

TEST(ModelFolder, opens_every_pipeline_of_the_golden_cases) {
    const std::vector<GoldenCase> cases = golden_cases("pipeline");
    EXPECT_FALSE(cases.empty());
    for (const GoldenCase& golden : cases) {
        const ModelFolder found = open_model_folder(golden.folder / "pipeline");
        EXPECT_FALSE(found.pipeline.empty()) << golden.name();
        EXPECT_FALSE(found.scheduler.empty()) << golden.name();
    }
}

}  // namespace
}  // namespace lgv
