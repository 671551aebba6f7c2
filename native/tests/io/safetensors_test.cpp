#include "io/safetensors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/io/error_text.h"
#include "tests/io/goldens.h"
#include "tests/io/temporary_folder.h"

namespace lgv {
namespace {

std::string length(uint64_t value) {
    std::string out(8, '\0');
    std::memcpy(out.data(), &value, 8);
    return out;
}

std::string file_of(const std::string& header, size_t data) { return length(header.size()) + header + std::string(data, 'd'); }

// What opening these bytes says, without the path of the file.
std::string outcome(const std::string& bytes) {
    const TemporaryFolder folder;
    const std::filesystem::path path = folder.write("m.safetensors", bytes);
    return error_of(path.string(), [&] { Safetensors file(path); });
}

std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
    return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

TEST(Safetensors, finds_tensors_by_name_and_keeps_the_metadata) {
    const TemporaryFolder folder;
    const std::string header = R"({"b":)" + entry("F32", "[2,3]", "[2,26]") + R"(,"__metadata__":{"format":"pt","x":"y"},"a":)" + entry("U8", "[2]", "[0,2]") +
                               R"(,"none":)" + entry("F16", "[0,7]", "[26,26]") + R"(,"scalar":)" + entry("BF16", "[]", "[26,28]") + "}   ";
    std::string bytes = file_of(header, 28);
    const float values[6] = {1, 2, 3, 4, 5, -6};
    std::memcpy(bytes.data() + 8 + header.size() + 2, values, sizeof values);  // not aligned
    const Safetensors file(folder.write("m.safetensors", bytes));
    ASSERT_EQ(file.entries().size(), 4u);
    EXPECT_EQ(file.entries()[0].name, "b");
    EXPECT_EQ(file.metadata(), (std::vector<std::pair<std::string, std::string>>{{"format", "pt"}, {"x", "y"}}));
    const TensorView b = file.at("b");
    EXPECT_EQ(b.dtype, DType::f32);
    EXPECT_EQ(b.shape, (std::vector<int64_t>{2, 3}));
    float read[6];
    to_float(b, read);
    EXPECT_EQ(std::memcmp(read, values, sizeof values), 0);
    std::fill(std::begin(read), std::end(read), 0.0f);
    file.read(*file.find("b"), read);
    EXPECT_EQ(std::memcmp(read, values, sizeof values), 0);
    EXPECT_EQ(file.at("a").bytes(), 2);
    EXPECT_EQ(file.at("none").elements(), 0);
    EXPECT_EQ(file.at("scalar").elements(), 1);
    EXPECT_EQ(file.find("c"), nullptr);
    EXPECT_EQ(file.find("__metadata__"), nullptr);
    EXPECT_EQ(error_of([&] { file.at("c"); }), text("2: ", file.file().path().string(), ": there is no tensor c"));
}

TEST(Safetensors, a_file_may_hold_no_tensors) {
    EXPECT_EQ(outcome(file_of("{}", 0)), "no error");
    EXPECT_EQ(outcome(file_of("{}", 4)), "2: m: 4 bytes after the last tensor belong to no tensor");
}

TEST(Safetensors, refuses_a_header_longer_than_the_file) {
    EXPECT_EQ(outcome(""), "2: m: 0 bytes are too few for a safetensors file");
    EXPECT_EQ(outcome("1234567"), "2: m: 7 bytes are too few for a safetensors file");
    EXPECT_EQ(outcome(length(3) + "{}"), "2: m: a header of 3 bytes, but only 2 follow: the file is cut off");
    EXPECT_EQ(outcome(length(100'000'001) + "{}"), "2: m: a header of 100000001 bytes, at most 100000000 are allowed: is it a safetensors file?");
    EXPECT_EQ(outcome(length(~uint64_t{0}) + "{}").substr(0, 44), "2: m: a header of 18446744073709551615 bytes");
    EXPECT_EQ(outcome("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), "2: m is a git-lfs pointer, not the weights. Fetch them:  git lfs pull");
}

TEST(Safetensors, refuses_a_header_that_is_not_json_of_the_right_form) {
    EXPECT_EQ(outcome(length(0)), "2: m: header, line 1, column 1: the text ends where a value should be");
    EXPECT_EQ(outcome(file_of("[]", 0)), "2: m: header is [], wanted an object");
    EXPECT_EQ(outcome(file_of("{\"a\":", 0)), "2: m: header, line 1, column 6: the text ends where a value should be");
    EXPECT_EQ(outcome(file_of(R"({"a":3})", 0)), "2: m: tensor a is 3, wanted an object");
    EXPECT_EQ(outcome(file_of(R"({"a":{}})", 0)), "2: m: tensor a: dtype is missing");
    EXPECT_EQ(outcome(file_of(R"({"a":{"dtype":"F32","shape":[1]}})", 4)), "2: m: tensor a: data_offsets is missing");
    EXPECT_EQ(outcome(file_of(R"({"a":{"dtype":3,"shape":[1],"data_offsets":[0,4]}})", 4)), "2: m: tensor a: dtype is 3, wanted a string");
    EXPECT_EQ(outcome(file_of(R"({"__metadata__":{"a":1}})", 0)), "2: m: __metadata__ a is 1, wanted a string");
    EXPECT_EQ(outcome(file_of(R"({"a":)" + entry("F32", "[1]", "[0,4]") + R"(,"a":)" + entry("F32", "[1]", "[4,8]") + "}", 8)),
              "2: m: header, line 1, column 55: the key \"a\" is there twice");
}

TEST(Safetensors, refuses_types_and_shapes_that_cannot_be) {
    const auto one = [](const std::string& dtype, const std::string& shape, const std::string& offsets, size_t data) {
        return outcome(file_of("{\"a\":" + entry(dtype, shape, offsets) + "}", data));
    };
    EXPECT_EQ(one("F8_E4M3", "[4]", "[0,4]", 4),
              "3: m: tensor a has type \"F8_E4M3\", which langevin does not read (F32, F16, BF16, F64, I64, I32, I16, I8, U8, BOOL)");
    EXPECT_EQ(one("F32", "[-1]", "[0,4]", 4), "2: m: tensor a: shape is -1, wanted an integer from 0 to 2^64 - 1");
    EXPECT_EQ(one("F32", "[1.5]", "[0,4]", 4), "2: m: tensor a: shape is 1.5, wanted an integer from 0 to 2^64 - 1");
    EXPECT_EQ(one("F32", "3", "[0,4]", 4), "2: m: tensor a: shape is 3, wanted a list");
    EXPECT_EQ(one("F32", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "[0,4]", 4), "2: m: tensor a has 17 axes, at most 16 are allowed");
    EXPECT_EQ(one("F32", "[2]", "[0,4]", 4), "2: m: tensor a: float32 of shape [2] has 8 bytes, its offsets say 4");
    EXPECT_EQ(one("F32", "[4294967296,4294967296]", "[0,4]", 4), "2: m: tensor a: shape [4294967296,4294967296] has more bytes than can be counted");
    EXPECT_EQ(one("F32", "[4611686018427387905]", "[0,4]", 4), "2: m: tensor a: shape [4611686018427387905] has more bytes than can be counted");
    EXPECT_EQ(one("U8", "[4611686018427387904,2,0]", "[0,0]", 0),
              "2: m: tensor a: shape [4611686018427387904,2,0] has more bytes than can be counted");
    EXPECT_EQ(one("F32", "[0,18446744073709551615]", "[0,0]", 0), "2: m: tensor a: an axis of 18446744073709551615");
}

TEST(Safetensors, refuses_offsets_beyond_the_data_backwards_or_malformed) {
    const auto one = [](const std::string& offsets, size_t data) { return outcome(file_of("{\"a\":" + entry("F32", "[2]", offsets) + "}", data)); };
    EXPECT_EQ(one("[0,8]", 8), "no error");
    EXPECT_EQ(one("[0,8]", 7), "2: m: tensor a ends at byte 8 of the data, which has 7: the file is cut off");
    EXPECT_EQ(one("[8,0]", 8), "2: m: tensor a begins at 8 and ends before that, at 0");
    EXPECT_EQ(one("[0,18446744073709551615]", 8), "2: m: tensor a ends at byte 18446744073709551615 of the data, which has 8: the file is cut off");
    EXPECT_EQ(one("[18446744073709551608,18446744073709551615]", 8).substr(0, 22), "2: m: tensor a ends at");
    EXPECT_EQ(one("[-8,0]", 8), "2: m: tensor a: data_offsets is -8, wanted an integer from 0 to 2^64 - 1");
    EXPECT_EQ(one("[0]", 8), "2: m: tensor a: data_offsets has 1 numbers, wanted 2");
    EXPECT_EQ(one("[0,4,8]", 8), "2: m: tensor a: data_offsets has 3 numbers, wanted 2");
}

TEST(Safetensors, refuses_holes_overlaps_and_bytes_left_over) {
    const auto two = [](const std::string& a, const std::string& b, size_t data) {
        return outcome(file_of("{\"b\":" + entry("F32", "[2]", b) + ",\"a\":" + entry("F32", "[2]", a) + "}", data));
    };
    EXPECT_EQ(two("[0,8]", "[8,16]", 16), "no error");
    EXPECT_EQ(two("[0,8]", "[4,12]", 12), "2: m: tensors a and b overlap");
    EXPECT_EQ(two("[0,8]", "[0,8]", 8), "2: m: tensors b and a overlap");
    EXPECT_EQ(two("[0,8]", "[9,17]", 17), "2: m: 1 bytes before tensor b belong to no tensor");
    EXPECT_EQ(two("[1,9]", "[9,17]", 17), "2: m: 1 bytes before tensor a belong to no tensor");
    EXPECT_EQ(two("[0,8]", "[8,16]", 17), "2: m: 1 bytes after the last tensor belong to no tensor");
    const auto with_empty = [](const std::string& empty) {
        return outcome(file_of("{\"a\":" + entry("F32", "[2]", "[0,8]") + ",\"e\":" + entry("F32", "[0]", empty) + "}", 8));
    };
    EXPECT_EQ(with_empty("[0,0]"), "no error");
    EXPECT_EQ(with_empty("[8,8]"), "no error");
    EXPECT_EQ(with_empty("[4,4]"), "2: m: tensors a and e overlap");
}

TEST(Safetensors, cut_anywhere_or_with_any_byte_of_the_header_changed_it_is_read_or_refused) {
    const std::string header = "{\"a\":" + entry("F32", "[2,1]", "[0,8]") + ",\"b\":" + entry("BF16", "[3]", "[8,14]") + "}";
    const std::string whole = file_of(header, 14);
    const TemporaryFolder folder;
    const std::filesystem::path path = folder.write("m.safetensors", whole);
    const auto opened = [&] {
        return error_of([&] {
            const Safetensors file(path);
            for (const Safetensors::Entry& entry : file.entries()) {  // whatever was accepted can be read
                const TensorView view = file.view(entry);
                std::string copy(reinterpret_cast<const char*>(view.data), size_t(view.bytes()));
                ASSERT_EQ(copy, std::string(copy.size(), 'd'));
            }
        });
    };
    ASSERT_EQ(opened(), "no error");
    for (size_t at = 0; at < 8 + header.size(); ++at) {
        for (char byte : std::string("\0\1\t \"019-,[]{}F\x7f\x80\xff", 18)) {
            std::fstream(path, std::ios::in | std::ios::out | std::ios::binary).seekp(std::streamoff(at)).put(byte);
            const std::string said = opened();
            EXPECT_TRUE(said == "no error" || said.starts_with("2: ") || said.starts_with("3: ")) << at << " " << int(byte) << " " << said;
        }
        std::fstream(path, std::ios::in | std::ios::out | std::ios::binary).seekp(std::streamoff(at)).put(whole[at]);
    }
    ASSERT_EQ(opened(), "no error");
    for (size_t size = whole.size(); size-- > 0;) {
        std::filesystem::resize_file(path, size);
        EXPECT_NE(opened(), "no error") << size;
    }
}

TEST(Safetensors, what_is_written_is_read_again) {
    const TemporaryFolder folder;
    const std::vector<DType> types = {DType::f32, DType::f16, DType::bf16, DType::f64, DType::i64, DType::i32, DType::i16, DType::i8, DType::u8, DType::boolean};
    std::string bytes(8 * 6, '\0');
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = char(i + 1);
    std::vector<NamedTensor> tensors;
    for (DType type : types) tensors.push_back({text("t \"", name_of(type), "\""), {type, {2, 3}, reinterpret_cast<const std::byte*>(bytes.data())}});
    tensors.push_back({"empty", {DType::f32, {0}, nullptr}});
    tensors.push_back({"scalar", {DType::f32, {}, reinterpret_cast<const std::byte*>(bytes.data())}});
    const std::filesystem::path path = folder.path() / "m.safetensors";
    write_safetensors(path, tensors, {{"format", "pt"}});
    const Safetensors file(path);
    EXPECT_EQ(file.metadata(), (std::vector<std::pair<std::string, std::string>>{{"format", "pt"}}));
    ASSERT_EQ(file.entries().size(), tensors.size());
    EXPECT_EQ(file.entries()[0].offset % 8, 0);
    for (const NamedTensor& tensor : tensors) {
        const TensorView view = file.at(tensor.name);
        EXPECT_EQ(view.dtype, tensor.view.dtype);
        EXPECT_EQ(view.shape, tensor.view.shape);
        EXPECT_EQ(std::string(reinterpret_cast<const char*>(view.data), size_t(view.bytes())), bytes.substr(0, size_t(view.bytes())));
    }
    const std::string nowhere = (folder.path() / "no" / "m").string();
    EXPECT_EQ(error_of([&] { write_safetensors(nowhere, {}); }), "1: " + nowhere + " cannot be written: No such file or directory");
    EXPECT_EQ(error_of([&] { write_safetensors("/dev/null", tensors); }), "1: /dev/null is no regular file, and will not be replaced by one");
}

// More than one piece of every type, so that a seam between pieces would show; the view is the other way to the same values.
TEST(Safetensors, reads_the_values_that_the_view_has) {
    const TemporaryFolder folder;
    const int64_t n = (1 << 18) + 3;
    std::string bytes(size_t(8 * n), '\0');
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = char(i * i * 31 % 120);  // no NaN, which compares unequal
    const auto* data = reinterpret_cast<const std::byte*>(bytes.data());
    write_safetensors(folder.path() / "m", {{"f16", {DType::f16, {n}, data}}, {"bf16", {DType::bf16, {n}, data}}, {"f64", {DType::f64, {n}, data}},
                                            {"f32", {DType::f32, {n}, data}}, {"i8", {DType::i8, {n}, data}}, {"none", {DType::f16, {0}, data}}});
    const Safetensors file(folder.path() / "m");
    std::vector<float> read(static_cast<size_t>(n)), viewed(static_cast<size_t>(n));
    for (const char* name : {"f16", "bf16", "f64", "f32", "none"}) {
        file.read(*file.find(name), read.data());
        to_float(file.at(name), viewed.data());
        EXPECT_EQ(read, viewed) << name;
    }
    EXPECT_EQ(error_of([&] { file.read(*file.find("i8"), read.data()); }), text("2: a tensor of type int8 [", 1 << 18, "] cannot be read as float32"));
}

TEST(Safetensors, a_file_that_is_shortened_while_it_is_read_is_an_error) {
    const TemporaryFolder folder;
    const std::filesystem::path path = folder.write("m.safetensors", file_of("{\"a\":" + entry("F32", "[4096]", "[0,16384]") + "}", 16384));
    const Safetensors file(path);
    std::filesystem::resize_file(path, 100);
    std::vector<float> out(4096);
    EXPECT_EQ(error_of(path.string(), [&] { file.read(file.entries()[0], out.data()); }).substr(0, 38), "2: m was changed while it was open: 16");
}

TEST(Safetensors, a_terabyte_that_is_only_declared_costs_nothing) {
    const TemporaryFolder folder;
    const std::string header = "{\"a\":" + entry("F32", "[262144,1048576]", "[0,1099511627776]") + "}";
    const std::filesystem::path path = folder.write("m.safetensors", file_of(header, 16));
    EXPECT_EQ(error_of(path.string(), [&] { Safetensors file(path); }), "2: m: tensor a ends at byte 1099511627776 of the data, which has 16: the file is cut off");
    std::error_code refused;  // a file system may not have such large files, even without blocks
    std::filesystem::resize_file(path, 8 + header.size() + (uintmax_t{1} << 40), refused);
    if (refused) return;
    const Safetensors file(path);
    EXPECT_EQ(file.entries()[0].bytes, int64_t{1} << 40);
}

TEST(Safetensors, reads_or_refuses_a_hundred_thousand_tensors) {
    std::string header = "{";
    for (int i = 0; i < 90000; ++i) header += text(i ? "," : "", "\"tensor ", i, "\":", entry("U8", "[1]", text("[", i, ",", i + 1, "]")));
    EXPECT_EQ(outcome(file_of(header + "}", 90000)), "no error");
    for (int i = 90000; i < 200000; ++i) header += text(",\"tensor ", i, "\":", entry("U8", "[1]", text("[", i, ",", i + 1, "]")));
    EXPECT_NE(outcome(file_of(header + "}", 200000)).find("more than 1000000 values"), std::string::npos);
}

TEST(Safetensors, opens_every_file_of_the_golden_cases) {
    int files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(LANGEVIN_SOURCE_DIR "/tests/goldens")) {
        if (entry.path().extension() != ".safetensors") continue;
        const Safetensors file(entry.path());
        EXPECT_FALSE(file.entries().empty()) << entry.path();
        ++files;
    }
    EXPECT_GT(files, 0);
}

}  // namespace
}  // namespace lgv
