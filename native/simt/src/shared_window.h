// Shared memory of the block that runs. Kernels name it by pointers into the arena or by 32-bit addresses; dynamic memory lies at an address of which only the
// alignment by 16 is promised, red zones lie behind every variable, and everything is full of 0xFF (NaN) when the block begins.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "block.h"

namespace simt {

class SharedWindow {
public:
    static constexpr uint32_t base = 1024;                        // the first address that a kernel may have: below lies what the system keeps
    static constexpr size_t capacity = 227 * 1024 + 64 * 1024;

    SharedWindow();

    void begin_block(uint32_t dynamic_bytes, uint32_t dynamic_offset);
    void end_block();  // tells of writes into red zones

    void* dynamic() const { return arena_ + dynamic_offset_; }
    uint32_t dynamic_address() const { return dynamic_offset_ + base; }
    // The variable of this key, made on first use; null where there is no room.
    void* variable(const void* key, size_t bytes, size_t alignment, const char* name);

    bool contains(const void* p) const { return size_t(static_cast<const std::byte*>(p) - arena_) < capacity; }
    bool near(const void* p) const;  // in it, or in the guard pages beside it
    uint32_t offset_of(const void* p) const { return uint32_t(static_cast<const std::byte*>(p) - arena_); }
    uint32_t address_of(const void* p) const { return offset_of(p) + base; }
    // May lie outside: access() checks.
    std::byte* at(uint32_t address) const { return arena_ + (int64_t(address) - base); }
    bool inside_a_variable(uint32_t offset, size_t bytes) const;

private:
    static constexpr uint32_t red_zone = 256;

    struct Variable {
        uint32_t offset, bytes;
        const void* key;
        const char* name;
    };
    std::byte* arena_ = nullptr;
    std::vector<Variable> variables_;
    uint32_t dynamic_offset_ = 0, dynamic_bytes_ = 0, top_ = 0;
};

}  // namespace simt
