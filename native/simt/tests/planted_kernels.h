// Small kernels, each with one bug or without it. What is planted, and what has to be found.
#pragma once

#include <ostream>
#include <vector>

#include "simt/emulator.h"

namespace simt_tests {

using simt::Kind;

struct Planted {
    const char* name;
    std::vector<Kind> wanted;  // any of these names it
    void (*run)(bool bug, float* out, const float* in, int n, const float* host);
    int blocks = 1;
    int floats = 256;       // of out and in
    bool out_is_set = false;
};

inline std::ostream& operator<<(std::ostream& out, const Planted& planted) { return out << planted.name; }

extern const std::vector<Planted> planted;

}  // namespace simt_tests
