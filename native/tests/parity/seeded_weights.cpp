#include "parity/seeded_weights.h"

#include <stdlib.h>  // mkdtemp

#include <cmath>
#include <cstdint>
#include <string>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "base/mt19937.h"
#include "io/safetensors.h"

namespace lgv::parity {

namespace {

// Far above any net here; a case that declares more is broken.
constexpr int64_t kMostNumbers = int64_t{1} << 30;

struct Parameter {
    std::string name;
    std::vector<int64_t> shape;
    int64_t elements = 1;
};

std::vector<Parameter> parameters_of(const Golden& golden) {
    const std::string what = golden.fields().name("parameters");
    std::vector<Parameter> parameters;
    int64_t all = 0;
    for (const Json& entry : golden.fields().at("parameters").array(what)) {
        const auto& pair = entry.array(what);
        expect(pair.size() == 2, Code::model, what, ": an entry is a name and a shape");
        Parameter parameter{.name = pair[0].string(what), .shape = {}};
        for (const Json& size : pair[1].array(what)) {
            const int64_t extent = size.integer(what);
            expect(extent > 0 && extent <= kMostNumbers / parameter.elements, Code::model, what, ": ", parameter.name, " has an impossible shape");
            parameter.shape.push_back(extent);
            parameter.elements *= extent;
        }
        all += parameter.elements;
        expect(all <= kMostNumbers, Code::model, what, ": more than ", kMostNumbers, " numbers");
        parameters.push_back(std::move(parameter));
    }
    return parameters;
}

// z -> z / sqrt(elements of one output row) for matrices and kernels, 1 + 0.2 z for norms, 0.2 z for biases; in float32, as PyTorch did it.
void shape_values(const Parameter& parameter, float* values) {
    const float row = float(std::sqrt(double(parameter.elements / (parameter.shape.empty() ? 1 : parameter.shape[0]))));
    const bool weight = parameter.name.ends_with("weight");
    for (int64_t i = 0; i < parameter.elements; ++i) {
        const float z = values[i];
        values[i] = parameter.shape.size() > 1 ? z / row : weight ? 1.0f + 0.2f * z : 0.2f * z;
    }
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "langevin-parity-XXXXXX").string();
    expect(mkdtemp(pattern.data()) != nullptr, Code::fault, "cannot make a folder ", pattern);
    path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;  // a leftover in the temporary folder is no verdict on the library
    std::filesystem::remove_all(path_, ignored);
}

void write_seeded_model(const Golden& golden, const std::filesystem::path& folder) {
    const std::vector<Parameter> parameters = parameters_of(golden);
    TorchGenerator generator(golden.fields().natural("weights_seed"));
    std::vector<std::vector<float>> values;
    std::vector<NamedTensor> tensors;
    for (const Parameter& parameter : parameters) {
        values.emplace_back(size_t(parameter.elements));
        generator.normals(values.back().data(), parameter.elements);
        shape_values(parameter, values.back().data());
        tensors.push_back({parameter.name, TensorView{DType::f32, parameter.shape, reinterpret_cast<const std::byte*>(values.back().data())}});
    }
    std::filesystem::copy_file(golden.folder() / "model" / "config.json", folder / "config.json");
    write_safetensors(folder / "diffusion_pytorch_model.safetensors", tensors);
}

}  // namespace lgv::parity
