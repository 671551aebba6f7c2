#include "barriers.h"

#include <algorithm>
#include <utility>

#include "machine.h"

namespace simt {

namespace {

constexpr const char* names[16] = {"named barrier 0", "named barrier 1", "named barrier 2",  "named barrier 3",  "named barrier 4",  "named barrier 5",  "named barrier 6",  "named barrier 7",
                                   "named barrier 8", "named barrier 9", "named barrier 10", "named barrier 11", "named barrier 12", "named barrier 13", "named barrier 14", "named barrier 15"};

}  // namespace

void Barriers::begin_block() {
    for (Barrier& barrier : barriers_) barrier = {};
    trues_ = votes_ = 0;
}

bool Barriers::arrive(int id, int threads, bool waits, Place place) {
    Thread& me = self();
    const int all = machine.block.count();
    if (id < 0 || id > 15 || threads % warp_lanes != 0 || threads < 0 || threads > (all + warp_lanes - 1) / warp_lanes * warp_lanes) {
        fail(Kind::barrier_arguments, place, "barrier ", id, " of ", threads, " threads: there are 16, and ", all, " threads in the block; counts are multiples of ", warp_lanes);
        abandon_block();
    }
    Barrier& barrier = barriers_[id];
    const int expected = threads == 0 ? all : threads;
    if (barrier.waiting.empty() && barrier.arrived.empty()) {
        barrier.expected = expected;
        barrier.place = place;
    } else if (barrier.expected != expected) {
        fail(Kind::barrier_arguments, place, "barrier ", id, " of ", expected, " threads here, of ", barrier.expected, " for those who came first, at ",
             machine.sites.line_of(barrier.place).text);
        abandon_block();
    } else if (id == 0 && threads == 0 && barrier.place != place) {
        fail(Kind::divergent_barrier, place, "__syncthreads is reached here while others wait at that of ", machine.sites.line_of(barrier.place).text);
        abandon_block();
    }
    (waits ? barrier.waiting : barrier.arrived).push_back(int(me.number));
    if (int(barrier.waiting.size() + barrier.arrived.size()) < barrier.expected) {
        if (waits) me.wait(Waits::barrier, id == 0 && threads == 0 ? "__syncthreads" : names[id], place);
        return false;
    }
    if (machine.config.check) {
        Clocks& clocks = machine.clocks;
        if (barrier.expected >= all && barrier.arrived.empty()) {
            clocks.whole_block_meets();
        } else {  // those who only arrive give what they know, and learn nothing
            joined_.clear();
            for (const int t : barrier.arrived) clocks.release(joined_, t);
            for (const int t : barrier.waiting) clocks.release(joined_, t);
            for (const int t : barrier.waiting) clocks.acquire(joined_, t);
        }
    }
    last_trues_ = std::exchange(trues_, 0);
    last_votes_ = std::exchange(votes_, 0);
    for (const int t : barrier.waiting) {
        if (t != int(me.number)) make_ready(machine.block.threads[size_t(t)]);
    }
    barrier.waiting.clear();
    barrier.arrived.clear();
    return true;
}

void Barriers::reduce(bool predicate) {
    trues_ += predicate;
    ++votes_;
}

int Barriers::reduced(Reduction reduction) const {
    switch (reduction) {
        case Reduction::any: return last_trues_ > 0;
        case Reduction::all: return last_trues_ == last_votes_;
        case Reduction::count: return last_trues_;
    }
    return 0;
}

void barrier(int id, int threads, bool wait, Place place) {
    yield();
    const Thread& me = self();
    machine.barriers.arrive(id, threads, wait, place);
    if (me.state == Thread::State::waiting) switch_thread();
}

int barrier_reduce(Reduction reduction, bool predicate, Place place) {
    yield();
    Thread& me = self();
    machine.barriers.reduce(predicate);
    const bool last = machine.barriers.arrive(0, 0, true, place);
    if (last) {
        // Before anybody comes to the next barrier, everybody has their result.
        for (Thread& thread : machine.block.threads) thread.reduced = machine.barriers.reduced(reduction);
    } else {
        switch_thread();
    }
    return me.reduced;
}

}  // namespace simt
