// Engine 2: runs the PTX that nvcc made of a kernel, warp by warp, on the same memory, shadow, asynchronous units, counters and findings as the fibers. It executes
// what ptxas will get: inline assembly and the compiler's code generation, of which the fibers see nothing.
#pragma once

#include <string>
#include <vector>

#include "ptx/step.h"
#include "ptx/accumulators.h"

namespace simt::ptx {

// One block of a kernel: its warps take turns (in order, or by chance with a seed), the lanes of a warp that are at the lowest instruction go first. Lanes whose
// instruction needs others wait for them as long as any of the warp can still run.
class BlockRun {
public:
    BlockRun(const Kernel& kernel, std::byte* parameters) : kernel_(kernel), parameters_(parameters) {}

    // All threads to their end.
    void run();

    std::byte* parameters() const { return parameters_; }
    // Whether this is memory of the interpreter's own that an access may touch unchecked: parameters, local memory, constants.
    bool owns(const void* p, size_t bytes) const;
    void constants(const Module& module) { module_ = &module; }

    // Something happened that others may be polling for.
    void moved_on() { ++progress_; }
    Warp& warp(int number) { return warps_[size_t(number)]; }
    int warps() const { return int(warps_.size()); }
    Accumulators& accumulators(int group) { return accumulators_[size_t(group)]; }

    // The warp is at an instruction that its warpgroup executes together. True: the others are there too, and this call is the one that does it for all.
    bool warpgroup_meets(Step& s);
    void leave_warpgroup(int group);

private:
    void begin();
    void fill(Warp& warp, const Fill& fill, Row& row) const;
    bool runnable(const Warp& warp) const;
    void release_blocked(Warp& warp);
    void turn(Warp& warp, uint64_t instructions);
    Flow execute(Warp& warp);
    uint32_t ready_lanes(Warp& warp, const Instruction& i, uint32_t lanes) const;
    void stuck();
    std::string where_warps_are() const;

    const Kernel& kernel_;
    const Module* module_ = nullptr;
    std::byte* parameters_;
    std::vector<Warp> warps_;
    std::vector<uint64_t> polled_at_;           // progress_ when a warp last polled in vain
    std::vector<std::byte> local_;
    std::vector<uint32_t> shared_;              // addresses of the kernel's shared variables
    std::vector<Accumulators> accumulators_;    // of each warpgroup
    uint64_t progress_ = 1, executed_ = 0;
    int vain_rounds_ = 0;
};

}  // namespace simt::ptx
