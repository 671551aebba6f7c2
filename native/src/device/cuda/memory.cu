#include "device/cuda/memory.h"

#include <utility>

#include "base/error.h"
#include "device/cuda/runtime.h"

namespace lgv {

void check(cudaError_t result, const void* kernel) {
    if (result == cudaSuccess) return;
    const Code code = result == cudaErrorMemoryAllocation ? Code::memory : Code::fault;
    const char* name = nullptr;
    if (kernel != nullptr && cudaFuncGetName(&name, kernel) != cudaSuccess) name = "a kernel";
    fail(code, "CUDA: ", name == nullptr ? "" : name, name == nullptr ? "" : ": ", cudaGetErrorName(result), ": ", cudaGetErrorString(result));
}

DeviceMemory::DeviceMemory(int64_t bytes) : bytes_(bytes) {
    if (bytes == 0) return;
    void* data = nullptr;
    if (cudaMalloc(&data, size_t(bytes)) == cudaErrorMemoryAllocation) fail(Code::memory, "the GPU has no ", bytes, " bytes left");
    check(cudaPeekAtLastError());
    data_ = static_cast<std::byte*>(data);
}

DeviceMemory::DeviceMemory(DeviceMemory&& other) noexcept : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

DeviceMemory& DeviceMemory::operator=(DeviceMemory&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
}

DeviceMemory::~DeviceMemory() { cudaFree(data_); }

void upload(std::byte* device, const void* host, int64_t bytes) { check(cudaMemcpy(device, host, size_t(bytes), cudaMemcpyHostToDevice)); }

void download(void* host, const std::byte* device, int64_t bytes) { check(cudaMemcpy(host, device, size_t(bytes), cudaMemcpyDeviceToHost)); }

}  // namespace lgv
