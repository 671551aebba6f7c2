// How the inside of langevin says that something went wrong: one exception type with a code that a caller can act on and a sentence
// that names the thing, the number and the fix. abi/ turns it into an lgv_error; nothing else catches it.
#pragma once

#include <cstdint>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

namespace lgv {

// The values are those of the C ABI.
enum class Code : int32_t {
    ok = 0,
    argument = 1,     // the caller asked for something that cannot be
    model = 2,        // a file or config that is broken
    unsupported = 3,  // sensible, but not something langevin does (yet)
    memory = 4,
    no_device = 5,
    busy = 6,         // a second thread uses what belongs to one
    fault = 7,        // internal or device fault
};

class Error : public std::runtime_error {
public:
    Error(Code code, const std::string& message) : std::runtime_error(message), code_(code) {}

    Code code() const noexcept { return code_; }

private:
    Code code_;
};

// text("tensor ", name, " has ", n, " elements"): what operator<< prints, put together.
template <class... T>
std::string text(const T&... parts) {
    std::ostringstream out;
    (out << ... << parts);
    return std::move(out).str();
}

template <class... T>
[[noreturn]] void fail(Code code, const T&... parts) {
    throw Error(code, text(parts...));
}

// The message is put together only when the condition fails.
template <class... T>
void expect(bool condition, Code code, const T&... parts) {
    if (!condition) [[unlikely]] fail(code, parts...);
}

}  // namespace lgv
