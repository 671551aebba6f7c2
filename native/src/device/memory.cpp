#include "device/memory.h"

#include <sys/mman.h>

#include <utility>

#include "base/error.h"

namespace lgv {

namespace {

constexpr int64_t huge_page = int64_t{2} << 20;

}  // namespace

// Pages come from the kernel: zeroed, resident only once they are touched, and given back when the owner goes.
Memory::Memory(int64_t bytes) : bytes_(bytes) {
    expect(bytes >= 0, Code::argument, "memory: ", bytes, " bytes");
    if (bytes == 0) return;
    // The kernel aligns to 4 KiB only: ask for one huge page more, and give the ends back.
    const int64_t slack = bytes >= huge_page ? huge_page : 0;
    expect(bytes <= INT64_MAX - huge_page, Code::memory, "memory: ", bytes, " bytes are more than there can be");
    void* all = mmap(nullptr, size_t(bytes + slack), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    expect(all != MAP_FAILED, Code::memory, "out of memory: ", bytes, " bytes were wanted");
    auto* begin = static_cast<std::byte*>(all);
    if (slack != 0) {
        const auto address = reinterpret_cast<uintptr_t>(begin);
        const int64_t before = int64_t((huge_page - address % huge_page) % huge_page);
        const int64_t kept = (bytes + 4095) / 4096 * 4096;
        if (before != 0) munmap(begin, size_t(before));
        if (slack > before + (kept - bytes)) munmap(begin + before + kept, size_t(bytes + slack - before - kept));
        begin += before;
        madvise(begin, size_t(kept), MADV_HUGEPAGE);  // a wish: without it the pages are small ones
    }
    data_ = begin;
}

Memory::Memory(Memory&& other) noexcept : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

Memory& Memory::operator=(Memory&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
}

Memory::~Memory() {
    if (data_ != nullptr) munmap(data_, size_t(bytes_));
}

}  // namespace lgv
