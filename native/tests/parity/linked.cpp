#include "parity/linked.h"

#include <cstdlib>

namespace lgv::parity {

void begin_program() {}

std::vector<std::string> take_findings() { return {}; }

void end_program(int code) { std::exit(code); }

}  // namespace lgv::parity
