#include "parity/linked.h"

#include <cstdio>
#include <cstdlib>

#include "simt/emulator.h"

namespace lgv::parity {

// Kernels are checked with everything that there is, unless SIMT_CHECK says otherwise.
void begin_program() {
    if (std::getenv("SIMT_CHECK") == nullptr) simt::config().check = true;
}

std::vector<std::string> take_findings() {
    std::vector<std::string> texts;
    for (const simt::Finding& finding : simt::take_findings()) texts.push_back(finding.text());
    return texts;
}

// A device's worker may still be letting go of the last handle: what the emulator is made of is not torn down under it.
void end_program(int code) {
    std::fflush(nullptr);
    std::_Exit(code);
}

}  // namespace lgv::parity
