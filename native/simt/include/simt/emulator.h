// What tests see of the emulator: how it is to run kernels, what it found wrong in them, what they did to memory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "simt/runtime.h"

namespace simt {

// When an asynchronous copy, a wgmma or what a stream was given really happens: as late as the rules allow, when it is issued, or at random.
enum class Copies { late, at_issue, random };

// How kernels are run. Each knob starts with what the environment says (README.md has the names).
struct Config {
    uint64_t seed = 1;              // SIMT_SEED: 0 runs threads and blocks in order, any other number is a random order of both
    Copies copies = Copies::late;   // SIMT_ASYNC: 0, 1, 2
    bool check = false;             // SIMT_CHECK: shadow memory: races, reads of what nobody wrote, exact bounds
    bool count = false;             // SIMT_COUNT: counters
    int preempt = 0;                // SIMT_PREEMPT: one in n loads and stores hands over to another thread; 0: none does
    int64_t block_seconds = 60;     // SIMT_SECONDS: of processor time; a block that takes longer is given up as a deadlock
    int capability = 90;            // SIMT_CAPABILITY: what the device says that it is, 10 * major + minor
    int64_t shared_limit = 227 * 1024;
};
Config& config();

enum class Kind {
    // memory
    race, uninitialised, async_in_flight, missing_proxy_fence, out_of_bounds_global, out_of_bounds_shared, out_of_bounds_array, misaligned, bad_pointer, bad_free, stack_overflow,
    // threads that should meet
    divergent_barrier, barrier_arguments, divergent_warp, warp_mask, inactive_lane, deadlock, exited_while_waiting,
    // asynchronous units
    async_at_exit, copy_arguments, mbarrier_uninitialised, mbarrier_clobbered, mbarrier_arguments, mbarrier_overflow,
    wgmma_fence, wgmma_uniform, wgmma_descriptor, wgmma_accumulator, wgmma_uncommitted,
    // launches, and what an engine cannot run
    launch_configuration, unsupported,
};
const char* name_of(Kind kind);

struct Finding {
    Kind kind;
    std::string kernel;    // demangled, without its parameters
    std::string file;      // of the source line, "" where there is none
    int line = 0;
    uint3 block = {};
    int thread = -1;       // in the block; -1: no thread's own
    std::string sentence;  // what happened, with the numbers
    uint64_t seed = 0;     // that shows it again, together with the same copies
    Copies copies = Copies::late;

    std::string text() const;
};

// Since the last take_findings(): one for each kind and place.
const std::vector<Finding>& findings();
std::vector<Finding> take_findings();
bool found(Kind kind);

// One line of source and what the warps asked of memory there. A unit is a 32-byte sector (global) or a wavefront (shared: a pass over the 32 banks).
struct LineCounter {
    std::string file;
    int line = 0;
    std::string place;        // file:line, with the helpers that it went through
    bool shared = false;
    const char* access = "";  // read, write or atomic
    int bytes = 0;            // of a lane
    uint64_t requests = 0, lanes = 0, units = 0, ideal = 0;

    double lanes_per_request() const { return double(lanes) / double(requests); }
    double units_per_request() const { return double(units) / double(requests); }
    double excess() const { return ideal == 0 ? 1 : double(units) / double(ideal); }  // 1: nothing is wasted
};

struct KernelCounters {
    std::string kernel;
    uint64_t launches = 0, blocks = 0, threads = 0;
    uint64_t matrix_instructions = 0, matrix_flops = 0;
    uint64_t sectors = 0, useful_bytes = 0;            // that went through L2
    uint64_t wavefronts = 0, ideal_wavefronts = 0;
    uint64_t bytes_read = 0, bytes_written = 0;        // of distinct sectors: what device memory moves at least
    std::vector<LineCounter> lines;                    // global ones first, those that cost most before the others

    // The counter of an access at this line; null where there is none.
    const LineCounter* at(int line, bool shared) const;
};

// Since the last take_counters(), while config().count was set.
std::vector<KernelCounters> take_counters();
std::string report(const KernelCounters& counters);

}  // namespace simt
