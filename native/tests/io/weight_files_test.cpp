#include "io/weight_files.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/io/error_text.h"
#include "tests/io/temporary_folder.h"

namespace lgv {
namespace {

const float values[] = {1, 2, 3, 4};

struct Shards : TemporaryFolder {
    void shard(const std::string& name, const std::vector<std::string>& tensors) const {
        std::vector<NamedTensor> named;
        for (const std::string& tensor : tensors) named.push_back({tensor, {DType::f32, {4}, reinterpret_cast<const std::byte*>(values)}});
        write_safetensors(path() / name, named);
    }
    std::string said(const std::string& index) const {
        const std::filesystem::path file = write("i.json", index);
        return error_of(file.string(), [&] { WeightFiles::of_index(file); });
    }
};

TEST(WeightFiles, an_index_joins_its_files) {
    const Shards folder;
    folder.shard("1.safetensors", {"a", "b"});
    folder.shard("2.safetensors", {"c"});
    const auto index = folder.write("i.json", R"({"metadata": {"total_size": 48}, "weight_map": {"a": "1.safetensors", "c": "2.safetensors", "b": "1.safetensors"}})");
    const WeightFiles files = WeightFiles::of_index(index);
    EXPECT_EQ(files.name(), index.string());
    EXPECT_EQ(files.tensors(), 3u);
    EXPECT_EQ(files.files().size(), 2u);
    EXPECT_EQ(files.find("c").file->file().path(), folder.path() / "2.safetensors");
    EXPECT_EQ(files.find("b").entry->name, "b");
    EXPECT_EQ(files.find("d").entry, nullptr);
}

TEST(WeightFiles, refuses_an_index_that_its_files_contradict) {
    const Shards folder;
    folder.shard("1.safetensors", {"a", "b"});
    folder.shard("2.safetensors", {"b", "c"});
    EXPECT_EQ(folder.said(R"({"weight_map": {"a": "1.safetensors", "b": "1.safetensors", "x": "1.safetensors"}})"),
              "2: m: tensor x is not in 1.safetensors, where the index lists it");
    EXPECT_EQ(folder.said(R"({"weight_map": {"a": "1.safetensors"}})"), "2: m: tensor b is in 1.safetensors, where the index does not list it");
    EXPECT_EQ(folder.said(R"({"weight_map": {"a": "1.safetensors", "b": "1.safetensors", "c": "2.safetensors"}})"),
              "2: m: tensor b is in 1.safetensors and in 2.safetensors");
    EXPECT_EQ(folder.said(R"({"weight_map": {"a": "1.safetensors", "b": "3.safetensors"}})"),
              "2: m: 3.safetensors is missing, with 1 of the tensors: fetch it as well");
}

TEST(WeightFiles, refuses_an_index_that_is_none) {
    const Shards folder;
    EXPECT_EQ(folder.said("[]"), "2: m is [], wanted an object");
    EXPECT_EQ(folder.said("{}"), "2: m: weight_map is missing");
    EXPECT_EQ(folder.said(R"({"weight_map": {}})"), "2: m: weight_map is empty");
    EXPECT_EQ(folder.said(R"({"weight_map": {"a": 1}})"), "2: m: weight_map: a is 1, wanted a string");
    for (const char* name : {"../1.safetensors", "/etc/passwd", "", "a", "x/../1.safetensors"}) {
        EXPECT_EQ(folder.said(text(R"({"weight_map": {"a": ")", name, R"("}})")),
                  text("2: m: weight_map: a is \"", name, "\", wanted the name of a .safetensors file beside the index"));
    }
}

}  // namespace
}  // namespace lgv
