#include "parity/verdict.h"

#include <cstdio>
#include <string_view>

namespace lgv::parity {

namespace {

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2e", value);
    return value == 0 ? "0" : text;
}

// No line breaks, and none of the words that mean something, whatever an error message brought along.
std::string calm(std::string text) {
    for (char& c : text)
        if (static_cast<unsigned char>(c) < ' ') c = ' ';
    for (const std::string_view word : {"PASS", "FAIL", "UNSUPPORTED"})
        for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at))
            for (size_t i = 0; i < word.size(); ++i) text[at + i] = char(text[at + i] + ('a' - 'A'));
    return text;
}

const char* name_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::pass: return "PASS";
        case Outcome::fail: return "FAIL";
        case Outcome::unsupported: return "UNSUPPORTED";
    }
    return "?";
}

}  // namespace

Verdict compared(const char* what, double error, double tolerance, const std::string& remark) {
    return {what, number(error), number(tolerance), error <= tolerance ? Outcome::pass : Outcome::fail, remark};
}

Verdict failed(const char* what, const std::string& reason) { return {what, "-", "-", Outcome::fail, reason}; }

Verdict unsupported(const char* what, const std::string& reason) { return {what, "-", "-", Outcome::unsupported, reason}; }

std::string to_line(const std::string& name, const Verdict& verdict) {
    return name + " " + verdict.what + " error " + verdict.error + " tolerance " + verdict.tolerance + " " + name_of(verdict.outcome) + " " +
           calm(verdict.remark);
}

}  // namespace lgv::parity
