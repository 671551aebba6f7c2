// Who knows what of whom: vector clocks. A thread's clock counts its own releases; its row holds the last clock that it has seen of each other thread.
// A barrier of the whole block orders everything before it, so it only counts an epoch: an access of an earlier epoch is ordered, rows need not be touched.
// Asynchronous units are threads of their own: one for each mbarrier (bulk copies: its clock is the phase that completed) and one for each warp (its wgmma).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "block.h"

namespace simt {

constexpr int max_mbarriers = 64;

// When an access was made, and by whom.
struct Moment {
    uint32_t epoch = 0, clock = 0;
    uint16_t thread = 0;
};

class Clocks {
public:
    using Row = std::vector<uint32_t>;

    void begin_block(int threads);
    uint32_t epoch() const { return epoch_; }
    int threads() const { return threads_; }
    int mbarrier_thread(int mbarrier) const { return threads_ + mbarrier; }
    int wgmma_thread(int warp) const { return threads_ + max_mbarriers + warp; }
    bool is_unit(int thread) const { return thread >= threads_; }

    uint32_t clock(int thread) const { return own_[size_t(thread)]; }
    Moment now(int thread) const { return {epoch_, clock(thread), uint16_t(thread)}; }
    void tick(int thread) { ++own_[size_t(thread)]; }

    // Whether what happened then is ordered before what `thread` does now.
    bool before(const Moment& then, int thread) const {
        if (then.thread == thread) return true;
        if (then.thread < threads_ && then.epoch < epoch_) return true;
        return seen(thread, then.thread) >= then.clock;
    }
    uint32_t seen(int thread, int other) const { return used_[size_t(thread)] ? rows_[size_t(thread) * width_ + size_t(other)] : 0; }

    void whole_block_meets();
    void meet(std::span<const int> threads);          // everyone learns what anyone knows
    void release(Row& into, int thread);              // into an mbarrier or a barrier ...
    void acquire(const Row& from, int thread);        // ... and out of it
    void release_unit(Row& into, int unit, uint32_t clock);
    void learn(int thread, int unit, uint32_t clock);

    // fence.proxy.async: what this thread wrote before is visible to asynchronous units.
    void fence_proxy(int thread) { fenced_[size_t(thread)] = ++own_[size_t(thread)]; }
    bool fenced(const Moment& write) const { return is_unit(write.thread) || write.clock < fenced_[write.thread]; }

private:
    uint32_t* row(int thread);

    int threads_ = 0;
    size_t width_ = 0;
    uint32_t epoch_ = 1;
    std::vector<uint32_t> own_, fenced_, rows_;
    std::vector<uint8_t> used_;  // rows that are not all zero
    Row joined_;
};

}  // namespace simt
