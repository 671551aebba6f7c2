#include "device/memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace lgv {
namespace {

TEST(Memory, is_zeroed_aligned_and_writable_to_its_last_byte) {
    constexpr int64_t mega = 1 << 20;
    for (const int64_t bytes : {int64_t{1}, int64_t{63}, int64_t{4096}, int64_t{4097}, 2 * mega - 1, 2 * mega, 2 * mega + 1, 5 * mega + 12345}) {
        Memory memory(bytes);
        EXPECT_EQ(memory.bytes(), bytes);
        const int64_t boundary = bytes >= 2 * mega ? 2 * mega : 64;
        EXPECT_EQ(reinterpret_cast<uintptr_t>(memory.data()) % uint64_t(boundary), 0u) << bytes;
        EXPECT_EQ(std::count(memory.data(), memory.data() + bytes, std::byte{0}), bytes);
        std::memset(memory.data(), 0xff, size_t(bytes));
    }
}

TEST(Memory, of_no_bytes_is_nothing) {
    EXPECT_EQ(Memory().data(), nullptr);
    EXPECT_EQ(Memory(0).data(), nullptr);
    EXPECT_EQ(Memory(0).bytes(), 0);
}

TEST(Memory, moves_its_bytes_along) {
    Memory a(100);
    std::byte* const where = a.data();
    where[99] = std::byte{7};
    Memory b(std::move(a));
    EXPECT_EQ(b.data(), where);
    EXPECT_EQ(b.bytes(), 100);
    Memory c(5 << 20);
    c = std::move(b);
    EXPECT_EQ(c.data(), where);
    EXPECT_EQ(c.data()[99], std::byte{7});
}

TEST(Memory, that_nobody_has_is_an_error_with_its_size) {
    for (const int64_t bytes : {int64_t{1} << 50, INT64_MAX}) {
        try {
            Memory memory(bytes);
            FAIL() << bytes << " bytes were given";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), Code::memory);
            EXPECT_NE(std::string(error.what()).find(std::to_string(bytes)), std::string::npos) << error.what();
        }
    }
    EXPECT_THROW(Memory(-1), Error);
}

}  // namespace
}  // namespace lgv
