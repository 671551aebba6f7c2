// Device memory, and host memory that a GPU copies from and to by itself, each with one owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

struct CUstream_st;

namespace lgv {

using Stream = CUstream_st*;  // cudaStream_t, for those who do not see CUDA's header

class DeviceMemory {
public:
    DeviceMemory() = default;

    // `bytes` of device memory, aligned to 256; not zeroed. Error::memory where there is not that much, after which all else goes on.
    explicit DeviceMemory(int64_t bytes);

    DeviceMemory(DeviceMemory&& other) noexcept;
    DeviceMemory& operator=(DeviceMemory&& other) noexcept;
    ~DeviceMemory();  // waits for what the device is doing

    std::byte* data() const { return data_; }
    int64_t bytes() const { return bytes_; }

private:
    std::byte* data_ = nullptr;
    int64_t bytes_ = 0;
};

// Page-locked host memory: queued copies need it (from other memory they wait), and kernels may read it in place.
class PinnedMemory {
public:
    PinnedMemory() = default;

    // `bytes` zeroed bytes. Error::memory where there is not that much.
    explicit PinnedMemory(int64_t bytes);

    PinnedMemory(PinnedMemory&& other) noexcept;
    PinnedMemory& operator=(PinnedMemory&& other) noexcept;
    ~PinnedMemory();

    std::byte* data() const { return data_; }
    int64_t bytes() const { return bytes_; }

private:
    std::byte* data_ = nullptr;
    int64_t bytes_ = 0;
};

// Between host and device; they return when the copy is done. The device's side may be any memory that it can use.
void upload(std::byte* device, const void* host, int64_t bytes);
void download(void* host, const std::byte* device, int64_t bytes);
void zero(std::byte* device, int64_t bytes);

// Queued on a stream. The host's side is pinned memory, which stays as it is until the stream has come by.
void queue_upload(Stream stream, std::byte* device, const std::byte* pinned, int64_t bytes);
void queue_download(Stream stream, std::byte* pinned, const std::byte* device, int64_t bytes);
void queue_copy(Stream stream, std::byte* to, const std::byte* from, int64_t bytes);  // between memory that the device can use
void queue_zeros(Stream stream, std::byte* device, int64_t bytes);

// Why GPU `index` cannot use what is at this address, as the end of a sentence; empty where it can: its own memory, managed or pinned.
std::string why_not_on_device(const void* address, int32_t index);

}  // namespace lgv
