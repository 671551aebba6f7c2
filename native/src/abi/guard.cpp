#include "abi/guard.h"

#include <algorithm>
#include <atomic>

namespace lgv {

namespace {

// The one thing that this library counts across handles: a test asks whether all were closed.
std::atomic<int64_t> live_handles{0};

// The longest start of `text` that fits `room` bytes and ends with a whole character.
size_t cut(const char* text, size_t length, size_t room) {
    if (length <= room) return length;
    size_t end = room;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return end;
}

}  // namespace

void add_live_handles(int64_t change) { live_handles.fetch_add(change, std::memory_order_relaxed); }

int32_t report(Code code, const char* message, lgv_error* error) {
    if (error != nullptr) {
        error->code = int32_t(code);
        const size_t length = cut(message, std::strlen(message), sizeof error->message - 1);
        std::memcpy(error->message, message, length);
        error->message[length] = 0;
    }
    return int32_t(code);
}

void give_text(const std::string& text, char* buffer, int64_t capacity, int64_t* out_length) {
    expect(capacity >= 0, Code::argument, "capacity: ", capacity);
    expect(buffer != nullptr || capacity == 0, Code::argument, "buffer is NULL, capacity is ", capacity);
    if (capacity > 0) {
        const size_t length = cut(text.data(), text.size(), size_t(capacity) - 1);
        std::memcpy(buffer, text.data(), length);
        buffer[length] = 0;
    }
    present(out_length, "out_length") = int64_t(text.size());
}

}  // namespace lgv

extern "C" int64_t lgv_live_handles(void) { return lgv::live_handles.load(std::memory_order_relaxed); }
