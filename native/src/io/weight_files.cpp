#include "io/weight_files.h"

#include <map>
#include <set>
#include <system_error>

#include "base/error.h"
#include "io/json.h"
#include "io/mapped_file.h"

namespace lgv {

namespace {

namespace fs = std::filesystem;

constexpr size_t kMostFiles = 1000;
constexpr int64_t kLongestIndex = 100'000'000;

// A file beside the index, not a way to anywhere else.
void expect_plain_name(const std::string& file, const std::string& where) {
    const bool plain = file.ends_with(".safetensors") && file.find('/') == std::string::npos && file.find('\0') == std::string::npos;
    expect(plain, Code::model, where, " is ", json_string(file), ", wanted the name of a .safetensors file beside the index");
}

}  // namespace

WeightFiles::WeightFiles(Safetensors file) : name_(file.file().path().string()) { files_.push_back(std::move(file)); }

WeightFiles WeightFiles::of_index(const fs::path& index) {
    WeightFiles weights;
    weights.name_ = index.string();
    const std::string& name = weights.name_;
    const Json json = Json::parse(read_text(index, kLongestIndex), name);
    const Fields fields(json, name);
    const auto& map = fields.at("weight_map").object(fields.name("weight_map"));

    std::map<std::string, std::set<std::string_view>> listed;  // tensors of each file
    for (const auto& [tensor, file] : map) {
        const std::string where = text(name, ": weight_map: ", tensor);
        expect_plain_name(file.string(where), where);
        listed[file.string(where)].insert(tensor);
        expect(listed.size() <= kMostFiles, Code::model, name, ": more than ", kMostFiles, " files");
    }
    expect(!listed.empty(), Code::model, name, ": weight_map is empty");

    std::map<std::string_view, std::string_view> holder;  // of each tensor that any file has
    for (const auto& [file, tensors] : listed) {
        const fs::path path = index.parent_path() / file;
        std::error_code ignored;  // what cannot be looked at is not there
        expect(fs::is_regular_file(path, ignored), Code::model, name, ": ", file, " is missing, with ", tensors.size(), " of the tensors: fetch it as well");
        weights.files_.emplace_back(path);
    }
    for (const Safetensors& file : weights.files_) {
        const std::string shard = file.file().path().filename().string();
        const std::set<std::string_view>& wanted = listed.at(shard);
        for (const Safetensors::Entry& entry : file.entries()) {
            const auto [before, is_new] = holder.emplace(entry.name, listed.find(shard)->first);
            expect(is_new, Code::model, name, ": tensor ", entry.name, " is in ", before->second, " and in ", shard);
            expect(wanted.contains(entry.name), Code::model, name, ": tensor ", entry.name, " is in ", shard, ", where the index does not list it");
        }
        for (const std::string_view tensor : wanted) {
            expect(file.find(tensor) != nullptr, Code::model, name, ": tensor ", tensor, " is not in ", shard, ", where the index lists it");
        }
    }
    return weights;
}

WeightTensor WeightFiles::find(std::string_view tensor) const {
    for (const Safetensors& file : files_) {
        if (const Safetensors::Entry* entry = file.find(tensor)) return {&file, entry};
    }
    return {};
}

size_t WeightFiles::tensors() const {
    size_t count = 0;
    for (const Safetensors& file : files_) count += file.entries().size();
    return count;
}

}  // namespace lgv
