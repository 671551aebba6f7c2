// The block that is running and its threads, for all engines: blocks run one after the other, so there is one.
#pragma once

#include <cstdint>
#include <vector>

#include "simt/calls.h"

namespace simt {

constexpr int warp_lanes = 32, warpgroup_threads = 128;

enum class Waits { nothing, warp, warpgroup, barrier, mbarrier };

// A cp.async that was issued and not yet waited for.
struct PendingCopy {
    uint32_t to;
    const void* from;
    int bytes, source_bytes;
    bool done;  // at issue
    uint32_t site;
};

struct Thread : ThreadView {
    enum class State { ready, waiting, done };
    State state = State::done;
    Waits waits = Waits::nothing;
    const char* what = "";  // it waits for, or last met for
    Place place;            // where
    uint32_t wait_key = 0;  // the mask of a warp meeting, the number of an mbarrier
    void* argument = nullptr;
    int reduced = 0;

    // Its fiber (engine 1).
    void* stack_pointer = nullptr;
    std::byte *stack_low = nullptr, *stack_high = nullptr;

    // What it has under way.
    std::vector<PendingCopy> copies;
    std::vector<size_t> copy_groups;                // ends of committed groups in `copies`
    std::vector<size_t> stores;                     // bulk stores since the last commit
    std::vector<std::vector<size_t>> store_groups;  // committed

    void wait(Waits for_what, const char* name, Place at, uint32_t key = 0) {
        state = State::waiting;
        waits = for_what, what = name, place = at, wait_key = key;
    }
};

struct Block {
    std::vector<Thread> threads;
    int done = 0;             // threads that returned
    uint64_t number = 0;      // counted over all launches: of this block
    uint64_t first = 0;       // of its launch's first block

    int count() const { return int(threads.size()); }
    bool has(int thread) const { return thread < count(); }
};

inline bool in_kernel() { return running.thread != nullptr; }
inline Thread& self() { return *static_cast<Thread*>(running.thread); }

}  // namespace simt
