// Names of functions from the program's own symbol table, which knows those of anonymous namespaces too (dladdr does not).
#pragma once

#include <string>

namespace simt {

// Mangled; "" where there is none. Kept for the life of the process.
const std::string& symbol_of(const void* function);

// "scale<float>" of "void lgv::(anonymous namespace)::scale<float>(float*, int)".
std::string readable(const std::string& symbol);

}  // namespace simt
