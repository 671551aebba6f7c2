#include "device/cuda/memory.h"

#include <cstring>
#include <utility>

#include "base/error.h"
#include "device/cuda/runtime.h"

namespace lgv {

DeviceMemory::DeviceMemory(int64_t bytes) : bytes_(bytes) {
    if (bytes == 0) return;
    void* data = nullptr;
    const cudaError_t result = cudaMalloc(&data, size_t(bytes));
    if (result == cudaErrorMemoryAllocation) {
        (void)cudaGetLastError();  // told here, so not again
        size_t left = 0, all = 0;
        check(cudaMemGetInfo(&left, &all));
        fail(Code::memory, "the GPU has no ", bytes, " bytes left: ", left, " of ", all, " are free");
    }
    check(result);
    data_ = static_cast<std::byte*>(data);
}

DeviceMemory::DeviceMemory(DeviceMemory&& other) noexcept : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

DeviceMemory& DeviceMemory::operator=(DeviceMemory&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
}

// What a kernel did wrong before is told by whoever asks next; nobody can be told here.
DeviceMemory::~DeviceMemory() { (void)cudaFree(data_); }

PinnedMemory::PinnedMemory(int64_t bytes) : bytes_(bytes) {
    if (bytes == 0) return;
    void* data = nullptr;
    const cudaError_t result = cudaHostAlloc(&data, size_t(bytes), cudaHostAllocDefault);
    if (result == cudaErrorMemoryAllocation) {
        (void)cudaGetLastError();
        fail(Code::memory, "there are no ", bytes, " bytes of host memory that can be locked for the GPU");
    }
    check(result);
    data_ = static_cast<std::byte*>(data);
    std::memset(data_, 0, size_t(bytes));
}

PinnedMemory::PinnedMemory(PinnedMemory&& other) noexcept : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

PinnedMemory& PinnedMemory::operator=(PinnedMemory&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
}

PinnedMemory::~PinnedMemory() { (void)cudaFreeHost(data_); }

// From pageable memory cudaMemcpy returns when it has read it, which may be before it has arrived, and our streams do not wait for the default one.
void upload(std::byte* device, const void* host, int64_t bytes) {
    check(cudaMemcpy(device, host, size_t(bytes), cudaMemcpyDefault));
    check(cudaStreamSynchronize(nullptr));
}

void download(void* host, const std::byte* device, int64_t bytes) { check(cudaMemcpy(host, device, size_t(bytes), cudaMemcpyDefault)); }

void zero(std::byte* device, int64_t bytes) {
    check(cudaMemset(device, 0, size_t(bytes)));
    check(cudaStreamSynchronize(nullptr));
}

void queue_upload(Stream stream, std::byte* device, const std::byte* pinned, int64_t bytes) {
    check(cudaMemcpyAsync(device, pinned, size_t(bytes), cudaMemcpyHostToDevice, stream));
}

void queue_download(Stream stream, std::byte* pinned, const std::byte* device, int64_t bytes) {
    check(cudaMemcpyAsync(pinned, device, size_t(bytes), cudaMemcpyDeviceToHost, stream));
}

void queue_copy(Stream stream, std::byte* to, const std::byte* from, int64_t bytes) { check(cudaMemcpyAsync(to, from, size_t(bytes), cudaMemcpyDefault, stream)); }

void queue_zeros(Stream stream, std::byte* device, int64_t bytes) { check(cudaMemsetAsync(device, 0, size_t(bytes), stream)); }

std::string why_not_on_device(const void* address, int32_t index) {
    cudaPointerAttributes attributes = {};
    check(cudaPointerGetAttributes(&attributes, address));
    switch (attributes.type) {
        case cudaMemoryTypeDevice: return attributes.device == index ? "" : text("is memory of cuda:", attributes.device, ", this device is cuda:", index);
        case cudaMemoryTypeManaged: return "";
        case cudaMemoryTypeHost: return attributes.devicePointer == address ? "" : text("is host memory that the GPU sees elsewhere, at ", attributes.devicePointer, ": wrap that");
        default: return "is nothing that CUDA knows: wanted memory of the GPU, managed or pinned";
    }
}

}  // namespace lgv
