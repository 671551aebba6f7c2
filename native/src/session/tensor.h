// Memory of a device as its user holds it: a type, a shape, and whose it is. langevin.h is its manual.
//
// Work that is queued with a tensor holds its memory, and lets go of it when the worker has queued what it had to. On a GPU that is earlier than the copy itself; so who
// ends the memory waits: our own by cudaFree, which does; a foreign one's deleter is called behind the device's stream; and close() of what was wrapped returns then.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "langevin.h"
#include "session/device.h"
#include "session/dlpack.h"

namespace lgv {

class Tensor {
public:
    static std::shared_ptr<Tensor> open(std::shared_ptr<Device> device, int32_t type, std::vector<int64_t> shape);
    static std::shared_ptr<Tensor> wrap(std::shared_ptr<Device> device, uint64_t address, int32_t type, std::vector<int64_t> shape);
    static std::shared_ptr<Tensor> from_dlpack(std::shared_ptr<Device> device, DlpackManaged* managed);

    DlpackManaged* to_dlpack() const;
    lgv_tensor_description describe() const;
    void read(void* out, int64_t bytes) const;
    void write(const void* values, int64_t bytes) const;
    void close();

    const std::shared_ptr<Device>& device() const { return device_; }
    int32_t type() const { return layout_.type; }
    const std::vector<int64_t>& shape() const { return layout_.shape; }
    std::byte* data() const { return layout_.data; }
    std::string text() const { return to_text(layout_.type, layout_.shape); }
    void check_written() const;  // Error::argument where it is read only

private:
    Tensor(std::shared_ptr<Device> device, TensorLayout layout) : device_(std::move(device)), layout_(std::move(layout)) {}

    void check_bytes(const char* what, int64_t bytes) const;

    std::shared_ptr<Device> device_;
    TensorLayout layout_;
    std::shared_ptr<void> memory_;  // whose end is that of the memory; none: it is wrapped
};

}  // namespace lgv
