#include "io/tensor_match.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/io/error_text.h"
#include "tests/io/temporary_folder.h"

namespace lgv {
namespace {

// A file of float tensors with these names and shapes; element 0 of tensor i is i.
struct File {
    explicit File(const std::vector<WantedTensor>& tensors, DType type = DType::f32) {
        std::vector<std::vector<float>> values;
        std::vector<NamedTensor> named;
        for (const WantedTensor& tensor : tensors) {
            named.push_back({tensor.name, {type, tensor.shape, nullptr}});
            values.emplace_back(size_t(named.back().view.elements()), float(values.size()));
        }
        for (size_t i = 0; i < named.size(); ++i) named[i].view.data = reinterpret_cast<const std::byte*>(values[i].data());
        write_safetensors(path, named);
    }

    std::string said(const std::vector<WantedTensor>& wanted) const {
        const WeightFiles files{Safetensors(path)};
        return error_of(path.string(), [&] { match(files, wanted); });
    }

    TemporaryFolder folder;
    std::filesystem::path path = folder.path() / "m.safetensors";
};

TEST(TensorMatch, gives_the_tensors_in_the_order_they_are_wanted) {
    const File file({{"a", {2, 3}}, {"b", {}}, {"c", {4}}});
    const WeightFiles opened{Safetensors(file.path)};
    const std::vector<WeightTensor> found = match(opened, {{"c", {4}}, {"a", {2, 3}}, {"b", {}}});
    ASSERT_EQ(found.size(), 3u);
    const float first[] = {2, 0, 1};
    for (size_t i = 0; i < 3; ++i) {
        std::vector<float> values(size_t(found[i].entry->bytes / 4));
        found[i].file->read(*found[i].entry, values.data());
        EXPECT_EQ(values[0], first[i]);
    }
}

TEST(TensorMatch, a_wrong_shape_is_told_with_both_shapes) {
    const File file({{"down_blocks.1.resnets.0.conv1.weight", {256, 128, 3, 3}}});
    EXPECT_EQ(file.said({{"down_blocks.1.resnets.0.conv1.weight", {256, 64, 3, 3}}}),
              "2: m: tensor down_blocks.1.resnets.0.conv1.weight has shape [256, 128, 3, 3], the config asks for [256, 64, 3, 3]");
    EXPECT_NE(file.said({{"down_blocks.1.resnets.0.conv1.weight", {256 * 128, 3, 3}}}), "no error");
}

TEST(TensorMatch, missing_and_unexpected_tensors_are_counted_and_five_are_named) {
    const File file({{"a", {1}}, {"x", {1}}});
    EXPECT_EQ(file.said({{"a", {1}}}), "2: m has 1 tensor that the config does not ask for: x");
    EXPECT_EQ(file.said({{"a", {1}}, {"x", {1}}, {"y", {1}}}), "2: m lacks 1 tensor that the config asks for: y");
    EXPECT_EQ(file.said({{"a", {1}}, {"1", {1}}, {"2", {1}}, {"3", {1}}, {"4", {1}}, {"5", {1}}, {"6", {1}}, {"7", {1}}}),
              "2: m lacks 7 tensors that the config asks for: 1, 2, 3, 4, 5 and 2 more; has 1 tensor that the config does not ask for: x");
}

TEST(TensorMatch, a_weight_of_whole_numbers_is_refused) {
    const File file({{"a", {1}}}, DType::i32);
    EXPECT_EQ(file.said({{"a", {1}}}), "2: m: tensor a has type int32, wanted a floating one");
}

TEST(TensorMatch, asking_twice_for_one_tensor_is_a_fault_of_the_asker) {
    const File file({{"a", {1}}});
    EXPECT_EQ(file.said({{"a", {1}}, {"a", {1}}}), "7: m: tensor a is wanted twice");
}

TEST(TensorMatch, old_names_of_attention_weights_are_found) {
    const std::string block = "mid_block.attentions.0.";
    const File file({{block + "query.weight", {4, 4}}, {block + "key.bias", {4}}, {block + "value.weight", {4, 4}}, {block + "proj_attn.bias", {4}}});
    EXPECT_EQ(file.said({{block + "to_q.weight", {4, 4}}, {block + "to_k.bias", {4}}, {block + "to_v.weight", {4, 4}}, {block + "to_out.0.bias", {4}}}), "no error");
    EXPECT_EQ(file.said({{block + "to_q.weight", {4, 4}}, {block + "to_k.bias", {5}}, {block + "to_v.weight", {4, 4}}, {block + "to_out.0.bias", {4}}}),
              "2: m: tensor mid_block.attentions.0.key.bias has shape [4], the config asks for [5]");
}

}  // namespace
}  // namespace lgv
