// One line of output: what was compared, how far it is from the reference, how far it may be, and what follows from that.
//
//     unet-plain output error 2.31e-07 tolerance 1.00e-05 PASS ...
//
// java/langevin-parity reads these lines and puts them among its own, so the form is fixed. The three words stand nowhere else in a line.
#pragma once

#include <string>

namespace lgv::parity {

enum class Outcome { pass, fail, unsupported };

struct Verdict {
    std::string what, error, tolerance;
    Outcome outcome;
    std::string remark;
};

// An error that is not a number is not within the tolerance.
Verdict compared(const char* what, double error, double tolerance, const std::string& remark);
Verdict failed(const char* what, const std::string& reason);
Verdict unsupported(const char* what, const std::string& reason);

std::string to_line(const std::string& name, const Verdict& verdict);

}  // namespace lgv::parity
