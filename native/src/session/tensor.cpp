#include "session/tensor.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace lgv {

namespace {

void check_alignment(const TensorLayout& layout) {
    expect(layout.data != nullptr, Code::argument, "tensor: address 0");
    const int64_t size = layout.type == LGV_TYPE_UINT8 ? 1 : int64_t(sizeof(float));
    expect(reinterpret_cast<uintptr_t>(layout.data) % uint64_t(size) == 0, Code::argument, "tensor: address ", static_cast<const void*>(layout.data), " of float32, wanted a multiple of ", size);
}

// Of our own: the device, which outlives what it made, and the memory.
struct Own {
    std::shared_ptr<Device> device;
    std::shared_ptr<std::byte> memory;
};

// On the worker. A GPU that has failed touches nothing any more; who uses it next is told.
void finish(Device& device) {
    try {
        device.backend().finish();
    } catch (const Error&) {
    }
}

// Someone else's, to be given back when the device is done with it.
struct Foreign {
    explicit Foreign(std::shared_ptr<Device> of) : device(std::move(of)) {}
    Foreign(const Foreign&) = delete;
    Foreign& operator=(const Foreign&) = delete;

    ~Foreign() {
        if (managed == nullptr || managed->deleter == nullptr) return;
        device->enqueue([device = device, managed = managed] {
            finish(*device);
            managed->deleter(managed);
        });
    }

    std::shared_ptr<Device> device;
    DlpackManaged* managed = nullptr;
};

}  // namespace

// ---- Coming and going ---------------------------------------------------------------------------------------------------------------

std::shared_ptr<Tensor> Tensor::open(std::shared_ptr<Device> device, int32_t type, std::vector<int64_t> shape) {
    check_layout(type, shape);
    TensorLayout layout{.data = nullptr, .type = type, .shape = std::move(shape), .read_only = false};
    std::shared_ptr<std::byte> memory = device->backend().device_memory(layout.bytes());
    layout.data = memory.get();
    const std::shared_ptr<Tensor> tensor(new Tensor(device, std::move(layout)));
    tensor->memory_ = std::make_shared<Own>(Own{std::move(device), std::move(memory)});
    return tensor;
}

std::shared_ptr<Tensor> Tensor::wrap(std::shared_ptr<Device> device, uint64_t address, int32_t type, std::vector<int64_t> shape) {
    check_layout(type, shape);
    TensorLayout layout{.data = reinterpret_cast<std::byte*>(address), .type = type, .shape = std::move(shape), .read_only = false};
    check_alignment(layout);
    device->backend().check_address(layout.data, layout.bytes());
    return std::shared_ptr<Tensor>(new Tensor(std::move(device), std::move(layout)));
}

std::shared_ptr<Tensor> Tensor::from_dlpack(std::shared_ptr<Device> device, DlpackManaged* managed) {
    TensorLayout layout = read_dlpack(*managed, device->backend().place());
    check_alignment(layout);
    device->backend().check_address(layout.data, layout.bytes());
    const auto foreign = std::make_shared<Foreign>(device);
    const std::shared_ptr<Tensor> tensor(new Tensor(std::move(device), std::move(layout)));
    tensor->memory_ = foreign;
    foreign->managed = managed;  // ours from here on, and nothing can fail any more
    return tensor;
}

DlpackManaged* Tensor::to_dlpack() const {
    // Wrapped memory is its owner's to keep; the device stays all the same.
    return export_dlpack(layout_, device_->backend().place(), memory_ ? memory_ : std::static_pointer_cast<void>(device_));
}

void Tensor::close() {
    if (memory_) return;  // goes with the last of those who hold it
    device_->run([this] { finish(*device_); });
}

// ---- What is in it ------------------------------------------------------------------------------------------------------------------

lgv_tensor_description Tensor::describe() const {
    const DlpackDevice place = device_->backend().place();
    lgv_tensor_description description{.address = reinterpret_cast<uint64_t>(layout_.data),
                                       .bytes = layout_.bytes(),
                                       .type = layout_.type,
                                       .rank = int32_t(layout_.shape.size()),
                                       .shape = {},
                                       .device_type = place.type,
                                       .device_index = place.index};
    std::copy(layout_.shape.begin(), layout_.shape.end(), description.shape);
    return description;
}

void Tensor::check_bytes(const char* what, int64_t bytes) const {
    expect(bytes == layout_.bytes(), Code::argument, what, ": ", bytes, " bytes, the tensor ", text(), " has ", layout_.bytes());
}

void Tensor::check_written() const {
    expect(!layout_.read_only, Code::argument, "tensor ", text(), ": whoever handed it on as DLPack marked it as read only; write to another");
}

void Tensor::read(void* out, int64_t bytes) const {
    check_bytes("read", bytes);
    device_->run([&] { device_->backend().download(out, layout_.data, bytes); });
}

void Tensor::write(const void* values, int64_t bytes) const {
    check_bytes("write", bytes);
    check_written();
    device_->run([&] { device_->backend().upload(layout_.data, values, bytes); });
}

}  // namespace lgv
