#include "shared_window.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "machine.h"

namespace simt {

namespace {

constexpr size_t page = 4096, arena_alignment = 64 * 1024;
constexpr std::byte poison{0xff};

}  // namespace

SharedWindow::SharedWindow() {
    const size_t bytes = capacity + 2 * page + arena_alignment;
    void* reserved = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    lgv::expect(reserved != MAP_FAILED, lgv::Code::memory, "emulator: the system has no ", bytes, " bytes for shared memory");
    arena_ = reinterpret_cast<std::byte*>((reinterpret_cast<uintptr_t>(reserved) + page + arena_alignment - 1) / arena_alignment * arena_alignment);
    lgv::expect(mprotect(arena_, capacity, PROT_READ | PROT_WRITE) == 0, lgv::Code::memory, "emulator: shared memory cannot be used");
}

void SharedWindow::begin_block(uint32_t dynamic_bytes, uint32_t dynamic_offset) {
    variables_.clear();
    dynamic_offset_ = dynamic_offset;
    dynamic_bytes_ = dynamic_bytes;
    std::memset(arena_, int(poison), std::max(size_t(top_), std::min(capacity, size_t(dynamic_offset) + dynamic_bytes + red_zone)));
    top_ = dynamic_offset + dynamic_bytes + red_zone;
    if (dynamic_bytes > 0) variables_.push_back({dynamic_offset, dynamic_bytes, nullptr, "dynamic shared memory"});
}

void SharedWindow::end_block() {
    for (const Variable& variable : variables_) {
        std::byte *from = arena_ + variable.offset + variable.bytes, *to = from + red_zone;
        const std::byte* touched = std::find_if(from, to, [](std::byte b) { return b != poison; });
        if (touched != to) fail(Kind::out_of_bounds_shared, Place{}, "something was written ", touched - from, " bytes behind ", variable.name);
    }
}

void* SharedWindow::variable(const void* key, size_t bytes, size_t alignment, const char* name) {
    for (const Variable& variable : variables_) {
        if (variable.key == key) return arena_ + variable.offset;
    }
    const size_t step = std::max<size_t>(alignment, 16), offset = (top_ + step - 1) / step * step;
    if (offset + bytes + red_zone > capacity) return nullptr;
    variables_.push_back({uint32_t(offset), uint32_t(bytes), key, name});
    std::memset(arena_ + offset, int(poison), bytes + red_zone);
    top_ = uint32_t(offset + bytes) + red_zone;
    return arena_ + offset;
}

bool SharedWindow::near(const void* p) const {
    const auto* at = static_cast<const std::byte*>(p);
    return at >= arena_ - page && at < arena_ + capacity + page;
}

bool SharedWindow::inside_a_variable(uint32_t offset, size_t bytes) const {
    for (const Variable& variable : variables_) {
        if (offset >= variable.offset && offset + bytes <= variable.offset + variable.bytes) return true;
    }
    return false;
}

void* dynamic_shared() { return machine.window.dynamic(); }

void* static_shared(const void* key, size_t bytes, size_t alignment, const char* name) {
    void* variable = machine.window.variable(key, bytes, alignment, name);
    if (variable == nullptr) {
        fail(Kind::launch_configuration, Place{}, "no shared memory is left for the ", bytes, " bytes of ", name);
        abandon_block();
    }
    return variable;
}

void* shared_pointer(uint32_t address) { return machine.window.at(address); }

uint32_t shared_address(const void* pointer, Place place) {
    if (!machine.window.contains(pointer)) {
        fail(Kind::bad_pointer, place, pointer, " is no pointer to shared memory");
        abandon_block();
    }
    return machine.window.address_of(pointer);
}

}  // namespace simt
