// Device memory that belongs to one owner.
#pragma once

#include <cstddef>
#include <cstdint>

struct CUstream_st;

namespace lgv {

using Stream = CUstream_st*;  // cudaStream_t, for those who do not see CUDA's header

class DeviceMemory {
public:
    DeviceMemory() = default;

    // `bytes` of device memory, aligned to 256; not zeroed. Error::memory where there is not that much.
    explicit DeviceMemory(int64_t bytes);

    DeviceMemory(DeviceMemory&& other) noexcept;
    DeviceMemory& operator=(DeviceMemory&& other) noexcept;
    ~DeviceMemory();

    std::byte* data() const { return data_; }
    int64_t bytes() const { return bytes_; }

private:
    std::byte* data_ = nullptr;
    int64_t bytes_ = 0;
};

// Between host and device; they return when the copy is done.
void upload(std::byte* device, const void* host, int64_t bytes);
void download(void* host, const std::byte* device, int64_t bytes);

}  // namespace lgv
