// Host memory on cache-line boundaries that belongs to one owner.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lgv {

class Memory {
public:
    Memory() = default;

    // `bytes` zeroed bytes, aligned to 64 (to 2 MiB, with huge pages asked for, from there on). Error::memory where there is not that much.
    explicit Memory(int64_t bytes);

    Memory(Memory&& other) noexcept;
    Memory& operator=(Memory&& other) noexcept;
    ~Memory();

    std::byte* data() const { return data_; }
    int64_t bytes() const { return bytes_; }

private:
    std::byte* data_ = nullptr;
    int64_t bytes_ = 0;
};

}  // namespace lgv
