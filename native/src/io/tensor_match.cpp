#include "io/tensor_match.h"

#include <set>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace lgv {

namespace {

// The name before diffusers 0.12 (those checkpoints are still on the hub), empty if it never had another.
std::string old_name(const std::string& name) {
    constexpr std::pair<std::string_view, std::string_view> renamed[] = {
        {".to_q.", ".query."}, {".to_k.", ".key."}, {".to_v.", ".value."}, {".to_out.0.", ".proj_attn."}};
    for (const auto& [now, before] : renamed) {
        const size_t at = name.find(now);
        if (at != std::string::npos) return name.substr(0, at) + std::string(before) + name.substr(at + now.size());
    }
    return {};
}

std::string listed(const std::vector<std::string>& names) {
    constexpr size_t most = 5;
    std::string out;
    for (size_t i = 0; i < names.size() && i < most; ++i) out += (i ? ", " : "") + names[i];
    return names.size() > most ? text(out, " and ", names.size() - most, " more") : out;
}

std::string tensors(size_t count) { return text(count, count == 1 ? " tensor" : " tensors"); }

}  // namespace

std::vector<WeightTensor> match(const WeightFiles& files, const std::vector<WantedTensor>& wanted) {
    const std::string& path = files.name();
    std::vector<WeightTensor> found;
    std::set<const Safetensors::Entry*> used;
    std::vector<std::string> missing, unexpected;
    for (const WantedTensor& want : wanted) {
        WeightTensor tensor = files.find(want.name);
        if (const std::string before = old_name(want.name); !tensor.entry && !before.empty()) tensor = files.find(before);
        found.push_back(tensor);
        if (!tensor.entry) missing.push_back(want.name);
        else expect(used.insert(tensor.entry).second, Code::fault, path, ": tensor ", want.name, " is wanted twice");
    }
    for (const Safetensors& file : files.files()) {
        for (const Safetensors::Entry& entry : file.entries()) {
            if (!used.contains(&entry)) unexpected.push_back(entry.name);
        }
    }
    std::string problem;
    if (!missing.empty()) problem = text("lacks ", tensors(missing.size()), " that the config asks for: ", listed(missing));
    if (!unexpected.empty()) {
        problem += text(missing.empty() ? "" : "; ", "has ", tensors(unexpected.size()), " that the config does not ask for: ", listed(unexpected));
    }
    expect(problem.empty(), Code::model, path, " ", problem);

    for (size_t i = 0; i < wanted.size(); ++i) {
        const auto& [file, entry] = found[i];
        const std::string name = text(file->file().path().string(), ": tensor ", entry->name);
        expect(entry->shape == wanted[i].shape, Code::model, name, " has shape ", to_text(entry->shape), ", the config asks for ", to_text(wanted[i].shape));
        const bool floating = entry->dtype == DType::f32 || entry->dtype == DType::f16 || entry->dtype == DType::bf16 || entry->dtype == DType::f64;
        expect(floating, Code::model, name, " has type ", name_of(entry->dtype), ", wanted a floating one");
    }
    return found;
}

}  // namespace lgv
