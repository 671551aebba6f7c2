// Fibers: a stack each, and a switch between them in a handful of instructions (ucontext takes fifty times as long).
#pragma once

#include <cstddef>

#include "block.h"

// Saves the callee-saved registers on this stack, leaves its top in *save and goes on at `to`.
extern "C" void simt_switch_stack(void** save, void* to);

namespace simt {

class Stacks {
public:
    static constexpr size_t bytes = 256 * 1024;

    ~Stacks();
    // Gives each thread a stack between pages that nobody may touch.
    void give(std::vector<Thread>& threads);

private:
    std::byte* memory_ = nullptr;
    size_t count_ = 0;
};

// The thread's next switch begins at `entry`, which must not return.
void prepare_fiber(Thread& thread, void (*entry)());

bool is_stack_guard(const Thread& thread, const void* address);

}  // namespace simt
