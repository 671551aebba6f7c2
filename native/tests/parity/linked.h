// What the program was linked with, and what that wants of it: liblangevin.so (linked.cpp), or the library's objects and the emulator (simt/linked.cpp).
#pragma once

#include <string>
#include <vector>

namespace lgv::parity {

void begin_program();

// What the emulator found wrong in the kernels since it was last asked.
std::vector<std::string> take_findings();

[[noreturn]] void end_program(int code);

}  // namespace lgv::parity
