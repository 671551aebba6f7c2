// GPUs that need not be here: what a prediction takes of them. Rates are of the whole GPU, in operations or bytes a second.
//
// None of it was measured on kernels of ours. Each number says where it comes from:
//     [measured]    on such a GPU, with others' programs: cuBLAS, copies
//     [datasheet]   NVIDIA's, or arithmetic on it
//     [literature]  measured by others, on their kernels
//     [assumed]     nobody's measurement; tests/gpu/run facts will replace it
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lgv {

struct GpuMachine {
    const char* name;   // as it is asked for
    const char* title;
    int32_t capability;         // 10 * major + minor
    int32_t multiprocessors;
    int64_t shared_of_block;    // bytes that a block may have
    int64_t shared_of_multiprocessor;
    double clock;               // a second, under load

    // The floor's: the best that anyone gets.
    double matrix_peak;         // bfloat16, float32 sums
    double memory;

    // The prediction's.
    double mma_sync;            // of matrix_peak's kind, by mma.sync
    double threads_flops;       // float32
    double l2;                  // to all multiprocessors together
};

// What holds for all of them.
struct GpuConstants {
    static constexpr int32_t registers = 65536, threads = 2048, blocks = 32;  // of a multiprocessor [datasheet]
    static constexpr int64_t shared_of_system = 1024;                         // of each block [datasheet]
    static constexpr double specials = 16;      // exponentials or reciprocals a clock and multiprocessor [datasheet]
    static constexpr double port = 64;          // bytes a clock between a multiprocessor and L2 [literature]
    static constexpr double loop_share = 0.75;  // of mma_sync that a main loop gets: hand-written GEMMs have 0.70 to 0.77 of an A100 [literature]
    static constexpr double warps = 8;          // that keep a multiprocessor's matrix units busy; fewer get their share [assumed]
    static constexpr double memory_latency = 0.6e-6, l2_latency = 0.15e-6;    // seconds [literature]
    static constexpr double gap = 1.3e-6;       // between two launches of a CUDA graph, seconds [literature, H100]
};

// Error::argument, which lists the names there are.
const GpuMachine& gpu_machine(std::string_view name);

}  // namespace lgv
