// The reference cases of tests/goldens: any folder that holds a case.json, at any depth, whatever its name.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "io/json.h"
#include "io/mapped_file.h"

namespace lgv {

struct GoldenCase {
    std::filesystem::path folder;
    Json json;  // case.json

    std::string name() const { return folder.filename().string(); }
    Fields fields() const { return Fields(json, name() + "/case.json"); }
    std::filesystem::path tensors() const { return folder / "tensors.safetensors"; }
};

// Those of one kind, by name.
inline std::vector<GoldenCase> golden_cases(const std::string& kind, const std::filesystem::path& root = LANGEVIN_SOURCE_DIR "/tests/goldens") {
    std::vector<GoldenCase> cases;
    for (const std::filesystem::directory_entry& entry : std::filesystem::recursive_directory_iterator(root)) {
        if (entry.path().filename() != "case.json") continue;
        const std::string file = entry.path().string();
        GoldenCase found{entry.path().parent_path(), Json::parse(read_text(file), file)};
        if (found.fields().string("kind") == kind) cases.push_back(std::move(found));
    }
    std::sort(cases.begin(), cases.end(), [](const GoldenCase& a, const GoldenCase& b) { return a.folder < b.folder; });
    return cases;
}

}  // namespace lgv
