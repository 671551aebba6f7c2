#include "parity/golden.h"

#include <cstring>

#include "base/error.h"
#include "io/mapped_file.h"

namespace lgv::parity {

Golden::Golden(const std::filesystem::path& folder)
    : folder_(folder), json_(Json::parse(read_text(folder / "case.json"), "case.json")), fields_(json_, "case.json") {}

const Safetensors::Entry& Tensors::entry(const std::string& name) const {
    const Safetensors::Entry* entry = file_.find(name);
    expect(entry != nullptr, Code::model, "tensors.safetensors has no tensor ", name);
    return *entry;
}

const std::vector<int64_t>& Tensors::shape(const std::string& name) const { return entry(name).shape; }

DType Tensors::dtype(const std::string& name) const { return entry(name).dtype; }

std::vector<float> Tensors::floats(const std::string& name) const {
    const TensorView view = file_.view(entry(name));
    expect(view.dtype == DType::f32, Code::model, "tensor ", name, " is ", name_of(view.dtype), ", wanted float32");
    std::vector<float> values(size_t(view.elements()));
    to_float(view, values.data());
    return values;
}

std::vector<int64_t> Tensors::longs(const std::string& name) const {
    const TensorView view = file_.view(entry(name));
    expect(view.dtype == DType::i64, Code::model, "tensor ", name, " is ", name_of(view.dtype), ", wanted int64");
    std::vector<int64_t> values(size_t(view.elements()));
    if (!values.empty()) std::memcpy(values.data(), view.data, values.size() * sizeof(int64_t));
    return values;
}

}  // namespace lgv::parity
