#include "heap.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <sstream>

#include "base/error.h"
#include "machine.h"

namespace simt {

namespace {

constexpr size_t page = 4096, alignment = 256;
constexpr std::byte poison{0xff};

size_t round_up(size_t n, size_t to) { return (n + to - 1) / to * to; }

}  // namespace

void* Heap::allocate(size_t bytes) {
    if (low_ == nullptr) {
        void* reserved = mmap(nullptr, capacity, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        lgv::expect(reserved != MAP_FAILED, lgv::Code::memory, "emulator: the system has no ", capacity, " bytes of addresses");
        low_ = static_cast<std::byte*>(reserved);
        top_ = low_ + page;
    }
    const size_t room = std::max(round_up(bytes, alignment), alignment), pages = round_up(room, page);
    if (size_t(low_ + capacity - top_) < pages + page) return nullptr;
    auto fresh = std::make_unique<Allocation>();
    fresh->low = top_;
    fresh->high = top_ + pages;
    if (mprotect(fresh->low, pages, PROT_READ | PROT_WRITE) != 0) return nullptr;
    top_ += pages + page;  // the page that nobody may touch
    std::memset(fresh->low, int(poison), pages);
    fresh->base = fresh->high - room;
    fresh->size = bytes;
    fresh->shadow = GlobalShadow(bytes);
    const auto number = int32_t(all_.size());
    allocation_of_page_.resize(size_t(top_ - low_) / page, -1);
    for (auto* p = fresh->low; p < top_; p += page) allocation_of_page_[size_t(p - low_) / page] = number;
    all_.push_back(std::move(fresh));
    return all_.back()->base;
}

bool Heap::release(void* base) {
    Allocation* allocation = find(base);
    if (allocation == nullptr || allocation->base != base || !allocation->live) return false;
    allocation->live = false;
    allocation->shadow = GlobalShadow();
    const size_t bytes = size_t(allocation->high - allocation->low);
    madvise(allocation->low, bytes, MADV_DONTNEED);
    mprotect(allocation->low, bytes, PROT_NONE);
    return true;
}

Allocation* Heap::find(const void* address) {
    if (low_ == nullptr || !contains(address)) return nullptr;
    const size_t number = size_t(static_cast<const std::byte*>(address) - low_) / page;
    if (number >= allocation_of_page_.size() || allocation_of_page_[number] < 0) return nullptr;
    return all_[size_t(allocation_of_page_[number])].get();
}

bool Heap::is_pinned(const void* address, size_t bytes) const {
    const auto* p = static_cast<const std::byte*>(address);
    auto block = pinned_.upper_bound(p);
    if (block == pinned_.begin()) return false;
    --block;
    return bytes <= block->second && size_t(p - block->first) <= block->second - bytes;
}

std::string Heap::describe(const void* address) {
    std::ostringstream out;
    if (const Allocation* allocation = find(address)) {
        out << (allocation->live ? "offset " : "freed memory: offset ") << static_cast<const std::byte*>(address) - allocation->base << " of a buffer of " << allocation->size
            << " bytes";
    } else {
        out << address << ", which is no device memory (a pointer of the host's?)";
    }
    return out.str();
}

void Heap::check_borders() {
    for (const auto& allocation : all_) {
        if (!allocation->live) continue;
        const auto check = [&](std::byte* from, std::byte* to) {
            std::byte* touched = std::find_if(from, to, [](std::byte b) { return b != poison; });
            if (touched == to) return;
            fail(Kind::out_of_bounds_global, Place{}, "something was written at ", describe(touched));
            std::fill(touched, to, poison);
        };
        check(allocation->low, allocation->base);
        check(allocation->base + allocation->size, allocation->high);
    }
}

void copy_to_device(void* to, const void* from, size_t bytes) {
    std::memcpy(to, from, bytes);
    if (Allocation* target = machine.heap.find(to)) target->shadow.mark_written(size_t(static_cast<std::byte*>(to) - target->base), bytes);
}

void copy_on_device(void* to, const void* from, size_t bytes) {
    std::memmove(to, from, bytes);
    Allocation *target = machine.heap.find(to), *source = machine.heap.find(from);
    if (target == nullptr || source == nullptr) return;
    target->shadow.copy_marks(size_t(static_cast<std::byte*>(to) - target->base), source->shadow, size_t(static_cast<const std::byte*>(from) - source->base), bytes);
}

void fill_device(void* to, int value, size_t bytes) {
    std::memset(to, value, bytes);
    if (Allocation* target = machine.heap.find(to)) target->shadow.mark_written(size_t(static_cast<std::byte*>(to) - target->base), bytes);
}

}  // namespace simt
