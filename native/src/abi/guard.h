// What every function of the C interface is wrapped in: arguments that must be there, exceptions into status and message, handles counted.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "langevin.h"

namespace lgv {

void add_live_handles(int64_t change);

// Writes the message, cut where it must be (never within a UTF-8 character).
int32_t report(Code code, const char* message, lgv_error* error);

template <class Body>
int32_t guard(lgv_error* error, const Body& body) {
    try {
        body();
        return LGV_OK;
    } catch (const Error& e) {
        return report(e.code(), e.what(), error);
    } catch (const std::bad_alloc&) {
        return report(Code::memory, "out of memory", error);
    } catch (const std::exception& e) {
        return report(Code::fault, e.what(), error);
    } catch (...) {
        return report(Code::fault, "an unknown exception", error);
    }
}

template <class T>
T& present(T* pointer, const char* name) {
    expect(pointer != nullptr, Code::argument, name, " is NULL");
    return *pointer;
}

// An array of structs as the caller compiled them.
template <class T>
std::span<const T> structs(const T* items, int32_t count, int32_t bytes, const char* name) {
    expect(count >= 0, Code::argument, name, ": count ", count);
    expect(bytes == int32_t(sizeof(T)), Code::argument, name, ": a struct of ", bytes, " bytes, this library's has ", sizeof(T),
           ": compile against its langevin.h");
    expect(items != nullptr || count == 0, Code::argument, name, " is NULL");
    return {items, size_t(count)};
}

template <class T>
void give_struct(const T& value, T* out, int32_t bytes, const char* name) {
    expect(bytes == int32_t(sizeof(T)), Code::argument, name, ": a struct of ", bytes, " bytes, this library's has ", sizeof(T),
           ": compile against its langevin.h");
    present(out, name) = value;
}

// Convention 7 of langevin.h.
void give_text(const std::string& text, char* buffer, int64_t capacity, int64_t* out_length);

}  // namespace lgv
