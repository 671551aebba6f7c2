// Conformance: what every primitive of device/cuda/ptx.cuh does, as one line of a name and a hash of the raw registers or memory that it left. The same source is
// compiled by nvcc (for a GPU) and by g++ (for the emulator, whose engine 2 then runs nvcc's PTX of it): the lists must be equal. Numbers are small integers, so that
// every sum is exact in whatever order it is made. Functions that hardware only approximates are lines of "within n units" instead.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace conformance {

struct Line {
    std::string name;
    std::function<void(uint32_t* out, const uint32_t* in)> run;  // queues the kernel; both are device memory
    int words;                                                   // of the result
};

constexpr int most_words = 1 << 15, input_words = 1 << 13;

// primitives.cu, wgmma.cu. Capability 80 lists what needs no more than that.
std::vector<Line> primitives(int capability);
std::vector<Line> wgmma_lines();

}  // namespace conformance
