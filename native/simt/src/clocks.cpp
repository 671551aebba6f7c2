#include "clocks.h"

#include <algorithm>

namespace simt {

void Clocks::begin_block(int threads) {
    ++epoch_;
    const size_t width = size_t(threads) + max_mbarriers + 32;
    if (threads != threads_) {
        threads_ = threads;
        width_ = width;
        rows_.assign(size_t(threads) * width, 0);
        used_.assign(size_t(threads), 0);
    }
    // Only the rows that the block before has used are to be cleared: most have none.
    for (int t = 0; t < threads; ++t) {
        if (used_[size_t(t)]) std::fill_n(&rows_[size_t(t) * width_], width_, 0u);
        used_[size_t(t)] = 0;
    }
    own_.assign(size_t(threads), 1);
    fenced_.assign(size_t(threads), 0);
}

uint32_t* Clocks::row(int thread) {
    used_[size_t(thread)] = 1;
    return &rows_[size_t(thread) * width_];
}

void Clocks::whole_block_meets() {
    ++epoch_;
    if (std::find(used_.begin(), used_.end(), 1) != used_.end()) {
        for (int unit = threads_; unit < int(width_); ++unit) {
            uint32_t latest = 0;
            for (int t = 0; t < threads_; ++t) latest = std::max(latest, seen(t, unit));
            if (latest == 0) continue;
            for (int t = 0; t < threads_; ++t) row(t)[unit] = latest;
        }
    }
    for (int t = 0; t < threads_; ++t) tick(t);
}

void Clocks::meet(std::span<const int> threads) {
    joined_.assign(width_, 0);
    for (const int t : threads) {
        if (used_[size_t(t)]) {
            const uint32_t* from = row(t);
            for (size_t i = 0; i < width_; ++i) joined_[i] = std::max(joined_[i], from[i]);
        }
        joined_[size_t(t)] = std::max(joined_[size_t(t)], clock(t));
    }
    for (const int t : threads) {
        std::copy(joined_.begin(), joined_.end(), row(t));
        tick(t);
    }
}

void Clocks::release(Row& into, int thread) {
    if (into.empty()) into.assign(width_, 0);
    if (used_[size_t(thread)]) {
        const uint32_t* from = row(thread);
        for (size_t i = 0; i < width_; ++i) into[i] = std::max(into[i], from[i]);
    }
    into[size_t(thread)] = std::max(into[size_t(thread)], clock(thread));
    tick(thread);
}

void Clocks::acquire(const Row& from, int thread) {
    if (from.empty()) return;
    uint32_t* to = row(thread);
    for (size_t i = 0; i < width_; ++i) to[i] = std::max(to[i], from[i]);
}

void Clocks::release_unit(Row& into, int unit, uint32_t clock) {
    if (into.empty()) into.assign(width_, 0);
    into[size_t(unit)] = clock;
}

void Clocks::learn(int thread, int unit, uint32_t clock) { row(thread)[unit] = clock; }

}  // namespace simt
