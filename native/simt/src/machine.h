// The emulated GPU. There is one in a process, and it is the one place with state that is not passed on: a kernel's words (threadIdx, __syncthreads), the compiler's
// hooks and the signal handler have no argument that could carry it.
#pragma once

#include <memory>
#include <mutex>

#include "async_copies.h"
#include "barriers.h"
#include "block.h"
#include "clocks.h"
#include "counters.h"
#include "engine.h"
#include "findings.h"
#include "heap.h"
#include "mbarrier.h"
#include "random.h"
#include "shadow.h"
#include "shared_window.h"
#include "simt/emulator.h"
#include "sites.h"
#include "warp.h"
#include "wgmma.h"

namespace simt {

struct Machine {
    Machine();  // reads the environment

    // Threads of the host may call CUDA as they like; here they take turns, and kernels run in the turn of whoever waits for them.
    std::recursive_mutex mutex;

    Config config;
    Random random;
    Sites sites;
    Findings findings;
    Heap heap;
    SharedWindow window;
    Block block;
    uint64_t blocks_of_last_launch = 0;
    std::string kernel;  // that is running: demangled

    Clocks clocks;
    SharedShadow shared_shadow;
    Counters counters;

    Barriers barriers;
    WarpMeetings meetings;
    BulkCopies bulk;
    Mbarriers mbarriers;
    Warpgroups warpgroups;

    std::unique_ptr<Engine> interpreter;  // runs the kernels that it takes, fibers run the others
};
extern Machine& machine;  // never destroyed: threads may still let go of what they had when the process ends

constexpr size_t enough_findings = 50;  // after so many a launch is given up

// Runs one launch to its end.
void run(const Launch& launch);

}  // namespace simt
