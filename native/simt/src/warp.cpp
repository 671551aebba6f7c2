#include "warp.h"

#include <algorithm>
#include <cstring>

#include "machine.h"

namespace simt {

namespace {

bool same_name(const char* a, const char* b) { return a == b || std::strcmp(a, b) == 0; }

}  // namespace

void WarpMeetings::begin_block() {
    for (int warp = 0; warp < 32; ++warp) {
        for (int i = 0; i < in_use_[warp]; ++i) meetings_[warp][i].here = 0;
        in_use_[warp] = 0;
    }
}

// The meeting that this thread comes to: one that is open, or a new one.
WarpMeetings::Meeting& WarpMeetings::open(const Thread& thread, const char* what, uint32_t mask, bool aligned, Place place) {
    const uint32_t me = 1u << thread.lane;
    Meeting *mine = nullptr, *unused = nullptr;
    int& in_use = in_use_[thread.warp];
    for (int i = 0; i < in_use; ++i) {
        Meeting& meeting = meetings_[thread.warp][i];
        if (meeting.here == 0) {
            unused = &meeting;
        } else if (meeting.mask == mask && meeting.place == place && same_name(meeting.what, what)) {
            mine = &meeting;
        } else if ((meeting.mask & me) != 0 || (mask & meeting.here) != 0) {  // they wait for me there, or I would wait for them here
            fail(aligned ? Kind::divergent_barrier : Kind::divergent_warp, place, what, " with mask ", hex(mask), " is reached by lane ", thread.lane, " while lanes ",
                 hex(meeting.here), " are at ", meeting.what, " with mask ", hex(meeting.mask), " of ", machine.sites.line_of(meeting.place).text);
            abandon_block();
        }
    }
    if (mine != nullptr) return *mine;
    if (unused == nullptr) unused = &meetings_[thread.warp][in_use++];  // masks of open meetings have no lane in common, so 32 are enough
    const unsigned first = thread.warp * warp_lanes;
    for (unsigned lane = 0; lane < warp_lanes; ++lane) {
        if ((mask >> lane & 1) == 0) continue;
        const bool there = machine.block.has(int(first + lane));
        if (there && machine.block.threads[first + lane].state != Thread::State::done) continue;
        fail(Kind::inactive_lane, place, what, " with mask ", hex(mask), " names lane ", lane, ", which ", there ? "has returned" : "does not exist");
        abandon_block();
    }
    *unused = {.mask = mask, .what = what, .place = place};
    return *unused;
}

void WarpMeetings::meet(const char* what, uint32_t mask, bool aligned, void* argument, Together together, Place place) {
    Thread& me = self();
    if ((mask >> me.lane & 1) == 0) {
        fail(Kind::warp_mask, place, what, ": lane ", me.lane, " is not in its own mask ", hex(mask));
        abandon_block();
    }
    Meeting& meeting = open(me, what, mask, aligned, place);
    meeting.here |= 1u << me.lane;
    meeting.arguments[me.lane] = argument;
    if (meeting.here != mask) {
        me.wait(Waits::warp, what, place, mask);
        switch_thread();
        return;
    }
    meeting.here = 0;
    if (together != nullptr) together(meeting.arguments, mask, place);
    const unsigned first = me.warp * warp_lanes;
    for (unsigned lane = 0; lane < warp_lanes; ++lane) {
        if ((mask >> lane & 1) != 0 && lane != me.lane) make_ready(machine.block.threads[first + lane]);
    }
}

void WarpMeetings::meet_warpgroup(const char* what, void* argument, Together together, Place place) {
    yield();
    Thread& me = self();
    me.argument = argument;
    me.wait(Waits::warpgroup, what, place);
    const unsigned first = me.number / warpgroup_threads * warpgroup_threads;
    void* arguments[warpgroup_threads];
    int here = 0;
    for (unsigned i = 0; i < warpgroup_threads; ++i) {
        if (!machine.block.has(int(first + i)) || machine.block.threads[first + i].state == Thread::State::done) {
            fail(Kind::inactive_lane, place, what, " is for all ", warpgroup_threads, " threads of a warpgroup, thread ", first + i,
                 machine.block.has(int(first + i)) ? " has returned" : " does not exist");
            abandon_block();
        }
        const Thread& other = machine.block.threads[first + i];
        if (other.state != Thread::State::waiting || other.waits != Waits::warpgroup) continue;
        if (!same_name(other.what, what) || other.place != place) {
            fail(Kind::divergent_warp, place, what, " is reached while thread ", other.number, " of the warpgroup is at ", other.what, " of ", machine.sites.line_of(other.place).text);
            abandon_block();
        }
        arguments[i] = other.argument;
        ++here;
    }
    if (here < warpgroup_threads) {
        switch_thread();
        return;
    }
    together(arguments, ~0u, place);
    me.state = Thread::State::ready;
    me.waits = Waits::nothing;
    for (unsigned i = 0; i < warpgroup_threads; ++i) {
        Thread& other = machine.block.threads[first + i];
        if (&other != &me) make_ready(other);
    }
}

void WarpMeetings::thread_ended(const Thread& thread) {
    const unsigned first = thread.warp * warp_lanes;
    for (unsigned lane = 0; lane < warp_lanes && machine.block.has(int(first + lane)); ++lane) {
        const Thread& other = machine.block.threads[first + lane];
        if (other.state != Thread::State::waiting || other.waits != Waits::warp || (other.wait_key >> thread.lane & 1) == 0) continue;
        fail(Kind::inactive_lane, other.place, other.what, " with mask ", hex(other.wait_key), " waits for lane ", thread.lane, ", which has returned");
        abandon_block();
    }
}

// Lanes give the processor away before they take part in what concerns memory or other warps; a shuffle or a product of matrices only looks at their own registers.
void warp_meeting(const char* what, uint32_t mask, bool aligned, void* argument, Together together, Place place) {
    machine.meetings.meet(what, mask, aligned, argument, together, place);
}

void warpgroup_meeting(const char* what, void* argument, Together together, Place place) { machine.meetings.meet_warpgroup(what, argument, together, place); }

// ---- shuffles, votes, __syncwarp. The first two order no memory.

namespace {

struct Shuffle {
    uint64_t bits;
    int source;
    bool own;  // the source lies outside of the segment: a lane keeps its own
};

void shuffle_together(void** arguments, uint32_t mask, Place place) {
    uint64_t given[warp_lanes] = {};
    for (int lane = 0; lane < warp_lanes; ++lane) {
        if (mask >> lane & 1) given[lane] = static_cast<Shuffle*>(arguments[lane])->bits;
    }
    for (int lane = 0; lane < warp_lanes; ++lane) {
        if ((mask >> lane & 1) == 0) continue;
        Shuffle& mine = *static_cast<Shuffle*>(arguments[lane]);
        if (mine.own) continue;
        if (mask >> mine.source & 1) {
            mine.bits = given[mine.source];
        } else {
            mine.bits = ~uint64_t(0);
            fail(Kind::inactive_lane, place, "shuffle: lane ", lane, " reads from lane ", mine.source, ", which is not in the mask ", hex(mask), ": the result is undefined");
        }
    }
}

struct Vote {
    bool predicate;
    uint32_t ballot;
};

void vote_together(void** arguments, uint32_t mask, Place) {
    uint32_t ballot = 0;
    for (int lane = 0; lane < warp_lanes; ++lane) {
        if ((mask >> lane & 1) != 0 && static_cast<Vote*>(arguments[lane])->predicate) ballot |= 1u << lane;
    }
    for (int lane = 0; lane < warp_lanes; ++lane) {
        if (mask >> lane & 1) static_cast<Vote*>(arguments[lane])->ballot = ballot;
    }
}

void memory_together(void**, uint32_t mask, Place) {
    if (!machine.config.check) return;
    int threads[warp_lanes], count = 0;
    for (unsigned lane = 0; lane < warp_lanes; ++lane) {
        if (mask >> lane & 1) threads[count++] = int(self().warp * warp_lanes + lane);
    }
    machine.clocks.meet(std::span<const int>(threads, size_t(count)));
}

}  // namespace

uint64_t shuffle(uint32_t mask, uint64_t bits, int source, bool own, const char* what, Place place) {
    Shuffle mine{bits, source, own};
    warp_meeting(what, mask, false, &mine, shuffle_together, place);
    return mine.bits;
}

uint32_t ballot(uint32_t mask, bool predicate, const char* what, Place place) {
    Vote mine{predicate, 0};
    warp_meeting(what, mask, false, &mine, vote_together, place);
    return mine.ballot;
}

void memory_meeting(uint32_t mask, Place place) {
    yield();
    warp_meeting("__syncwarp", mask, false, nullptr, memory_together, place);
}

}  // namespace simt
