#include "parity/unet_inputs.h"

#include "base/error.h"

namespace lgv::parity {

UnetInputs read_inputs(const Tensors& tensors) {
    const std::vector<int64_t>& shape = tensors.shape("sample");
    expect(shape.size() == 4, Code::model, "tensor sample has shape ", to_text(shape), ", wanted [N, C, H, W]");
    for (const int64_t extent : shape)
        expect(extent > 0 && extent <= 65536, Code::model, "tensor sample has the impossible shape ", to_text(shape));
    UnetInputs inputs{.images = int32_t(shape[0]), .height = int32_t(shape[2]), .width = int32_t(shape[3]), .sample = tensors.floats("sample"),
                  .timestep = {}, .classes = {}, .embeddings = {}};
    if (tensors.dtype("timestep") == DType::i64)
        for (const int64_t t : tensors.longs("timestep")) inputs.timestep.push_back(float(t));
    else
        inputs.timestep = tensors.floats("timestep");
    expect(inputs.timestep.size() == size_t(inputs.images), Code::model, "tensor timestep has ", inputs.timestep.size(), " entries for ",
           inputs.images, " images");
    if (!tensors.has("class_labels")) return inputs;
    const size_t entries = tensors.dtype("class_labels") == DType::i64 ? (inputs.classes = tensors.longs("class_labels")).size()
                                                                       : (inputs.embeddings = tensors.floats("class_labels")).size();
    const bool fits = inputs.classes.empty() ? entries % size_t(inputs.images) == 0 : entries == size_t(inputs.images);
    expect(fits, Code::model, "tensor class_labels has ", entries, " entries for ", inputs.images, " images");
    return inputs;
}

UnetFolder::UnetFolder(const Golden& golden) : path_(golden.folder() / "model") {
    if (!golden.fields().has("weights_seed")) return;
    write_seeded_model(golden, drawn_.emplace().path());
    path_ = drawn_->path();
}

}  // namespace lgv::parity
