#include "graph/gpu_machine.h"

#include <array>

#include "base/error.h"

namespace lgv {

namespace {

constexpr double tera = 1e12;

// The H100's matrix units are the H200's: its 790 are taken from there [assumed], and the share of the datasheet's bandwidth that a copy gets, 4.3 of 4.8.
// mma.sync gets 62.9 % of the datasheet's 989.5 TFLOP/s on them, all of an A100's 312 [literature]. Between L2 and the multiprocessors the sources say 5.5 to
// 12 TB/s of an H100: the lower one; of an A100 4 [literature].
constexpr std::array machines{
    GpuMachine{.name = "a100",
               .title = "A100 SXM 80 GB",
               .capability = 80,
               .multiprocessors = 108,                        // [datasheet]
               .shared_of_block = 163 * 1024,                 // [datasheet]
               .shared_of_multiprocessor = 164 * 1024,        // [datasheet]
               .clock = 1.41e9,                               // [datasheet]
               .matrix_peak = 256 * tera,                     // 0.82 of 312: cuBLAS gets 0.79 to 0.84 [literature]
               .memory = 1.83 * tera,                         // 2.04 [datasheet], the H200's share of it [assumed]
               .mma_sync = 312 * tera,                        // [datasheet]
               .threads_flops = 19.5 * tera,                  // [datasheet]
               .l2 = 4.0 * tera},                             // [literature]
    GpuMachine{.name = "h100",
               .title = "H100 SXM 80 GB",
               .capability = 90,
               .multiprocessors = 132,                        // [datasheet]
               .shared_of_block = 227 * 1024,                 // [datasheet]
               .shared_of_multiprocessor = 228 * 1024,        // [datasheet]
               .clock = 1.83e9,                               // [datasheet]
               .matrix_peak = 790 * tera,                     // the H200's [assumed]
               .memory = 3.0 * tera,                          // 3.35 [datasheet], the H200's share of it [assumed]
               .mma_sync = 0.62 * 989.5 * tera,               // [literature]
               .threads_flops = 61.8 * tera,                  // [datasheet]
               .l2 = 5.5 * tera},                             // [literature]
    GpuMachine{.name = "h200",
               .title = "H200 SXM 141 GB",
               .capability = 90,
               .multiprocessors = 132,                        // [measured]
               .shared_of_block = 227 * 1024,                 // [datasheet]
               .shared_of_multiprocessor = 228 * 1024,        // [datasheet]
               .clock = 1.83e9,                               // [datasheet]; 1.98 at most
               .matrix_peak = 790 * tera,                     // cuBLAS on random numbers [measured]
               .memory = 4.3 * tera,                          // a copy [measured]
               .mma_sync = 0.62 * 989.5 * tera,               // [literature]
               .threads_flops = 61.8 * tera,                  // [datasheet]
               .l2 = 5.5 * tera},                             // [literature]
};

}  // namespace

const GpuMachine& gpu_machine(std::string_view name) {
    std::string names;
    for (size_t i = 0; i < machines.size(); ++i) {
        if (machines[i].name == name) return machines[i];
        names += text(i == 0 ? "" : i + 1 == machines.size() ? " and " : ", ", machines[i].name);
    }
    fail(Code::argument, "GPU \"", name, "\": predictions there are for ", names, "; devices that are here are cpu, cuda, cuda:1 (and so on), cuda/float32 and auto");
}

}  // namespace lgv
