// Device memory. Every buffer is aligned to 256 bytes, ends (but for that alignment) at a page that nobody may touch, and is full of 0xFF (NaN) like the room
// around it, where a write is noticed afterwards. What was freed cannot be touched any more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "shadow.h"

namespace simt {

struct Allocation {
    std::byte* base = nullptr;
    size_t size = 0;
    std::byte *low = nullptr, *high = nullptr;  // the pages around it
    bool live = true;
    GlobalShadow shadow;
    std::vector<uint64_t> sectors_read, sectors_written;  // a bit each, while counting

    bool contains(const void* p, size_t bytes) const {
        const auto* at = static_cast<const std::byte*>(p);
        return at >= base && bytes <= size && size_t(at - base) <= size - bytes;
    }
};

class Heap {
public:
    void* allocate(size_t bytes);
    bool release(void* base);
    // The allocation around which this address lies, freed ones too; null where there is none.
    Allocation* find(const void* address);
    bool contains(const void* address) const { return address >= low_ && address < low_ + capacity; }
    // Host memory that kernels may use too.
    void pin(const void* base, size_t bytes) { pinned_[static_cast<const std::byte*>(base)] = bytes; }
    void unpin(const void* base) { pinned_.erase(static_cast<const std::byte*>(base)); }
    bool is_pinned(const void* address, size_t bytes) const;
    size_t total() const { return capacity; }
    size_t used() const { return top_ == nullptr ? 0 : size_t(top_ - low_); }
    std::string describe(const void* address);
    // Tells of writes just outside of buffers, and mends them.
    void check_borders();
    const std::vector<std::unique_ptr<Allocation>>& all() const { return all_; }

private:
    static constexpr size_t capacity = size_t(64) << 30;  // of addresses; memory is taken when it is used

    std::byte *low_ = nullptr, *top_ = nullptr;
    std::vector<std::unique_ptr<Allocation>> all_;
    std::vector<int32_t> allocation_of_page_;
    std::map<const std::byte*, size_t> pinned_;
};

// Between host and device, and on it: whole, with the marks of what was written.
void copy_to_device(void* to, const void* from, size_t bytes);
void copy_on_device(void* to, const void* from, size_t bytes);
void fill_device(void* to, int value, size_t bytes);

}  // namespace simt
