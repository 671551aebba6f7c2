// What runs the threads of a block: the fibers (scheduler.cpp), or an interpreter of the PTX that nvcc made of the same kernel.
//
// An engine sets running.thread to the thread for which it calls anything of calls.h or of the headers beside this one, and to null before it returns. Everything but
// the meetings works in any engine: accesses, cp.async, bulk copies, mbarriers (mbarrier.h: poll instead of wait), barriers (barriers.h: arrive instead of barrier()),
// matrices (matrices.h, wgmma.h: by warp and by warpgroup). yield() and preempt() do nothing outside fibers.
#pragma once

#include <string>

#include "block.h"

namespace simt {

class Engine {
public:
    virtual ~Engine() = default;
    // Whether it can run this kernel; symbol: its mangled name, the same in g++ and nvcc. What it needs of the launch it takes now.
    virtual bool takes(const Launch& launch, const std::string& symbol) = 0;
    // Runs all threads of machine.block to their end, as run_fibers does. May end in abandon_block().
    virtual void run_block() = 0;
};

// Engine 1.
void run_fibers();

// Gives up the block in which something went wrong that leaves no way to go on (after a finding). Does not return: it leaves the frames of the running threads as
// they are, so whoever calls it owns nothing there that matters.
[[noreturn]] void abandon_block();

// Lets other threads run in between, by chance: called where a thread's order against others may matter.
void yield();
void preempt();  // at every load and store, one in config().preempt
// The running thread asked for something that is not yet so, and will ask again: lets others run, lets a copy happen where all only ask, and tells of a deadlock where
// nothing more can happen.
void asked_in_vain(Place place);
// Gives the processor to another thread; this one's state says whether and when it comes back.
void switch_thread();
void make_ready(Thread& thread);
// A thread has returned.
void thread_ended(Thread& thread);

// Performs one asynchronous copy that is under way: called when no thread can run. False: there is none.
bool perform_copy();

}  // namespace simt
