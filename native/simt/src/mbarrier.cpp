#include "mbarrier.h"

#include <cstring>

#include "machine.h"

namespace simt {

namespace {

constexpr uint32_t max_count = (1u << 20) - 1;

uint64_t mark_of(int number) { return 0x7A5C0FFEE0B0A400u + uint64_t(number); }

}  // namespace

void Mbarriers::init(uint32_t address, uint32_t arrivals, Place place) {
    if (!shared_access(address, 8, Access::write, place)) abandon_block();
    for (const Mbarrier& other : all_) {
        if (other.address != address) continue;
        fail(Kind::mbarrier_arguments, place, "the mbarrier at shared address ", address, " is initialised a second time");
        return;
    }
    if (arrivals < 1 || arrivals > max_count || all_.size() >= max_mbarriers) {
        fail(Kind::mbarrier_arguments, place, "an mbarrier of ", arrivals, " arrivals (at most ", max_count, "), number ", all_.size() + 1, " (at most ", max_mbarriers, ")");
        abandon_block();
    }
    const uint64_t mark = mark_of(int(all_.size()));
    std::memcpy(shared_pointer(address), &mark, sizeof mark);
    all_.push_back({.address = address, .arrivals = arrivals, .pending = arrivals, .place = place});
}

int Mbarriers::find(uint32_t address, Place place) {
    for (size_t i = 0; i < all_.size(); ++i) {
        if (all_[i].address != address) continue;
        const uint64_t mark = mark_of(int(i));
        if (std::memcmp(shared_pointer(address), &mark, sizeof mark) != 0) {
            fail(Kind::mbarrier_clobbered, place, "the mbarrier at shared address ", address, " was overwritten");
            std::memcpy(shared_pointer(address), &mark, sizeof mark);
        }
        return int(i);
    }
    fail(Kind::mbarrier_uninitialised, place, "there is no mbarrier at shared address ", address);
    abandon_block();
}

// Completes the phase if nothing is missing.
void Mbarriers::advance(int number) {
    Mbarrier& barrier = all_[size_t(number)];
    if (barrier.pending != 0 || barrier.bytes != 0) return;
    ++barrier.phase;
    barrier.pending = barrier.arrivals;
    if (machine.config.check) {
        machine.clocks.release_unit(barrier.released, machine.clocks.mbarrier_thread(number), barrier.phase);
        barrier.published = barrier.released;
    }
    for (Thread& thread : machine.block.threads) {
        if (thread.state == Thread::State::waiting && thread.waits == Waits::mbarrier && thread.wait_key == uint32_t(number)) make_ready(thread);
    }
}

void Mbarriers::arrive(uint32_t address, int64_t announced_bytes, Place place) {
    const int number = find(address, place);
    // Whoever uses an mbarrier must know that it was initialised: a read, as far as races go.
    shared_access(address, 8, Access::read, place);
    Mbarrier& barrier = all_[size_t(number)];
    if (announced_bytes > max_count) fail(Kind::mbarrier_arguments, place, announced_bytes, " bytes are announced, at most ", max_count, " can be");
    barrier.bytes += announced_bytes;
    if (machine.config.check) machine.clocks.release(barrier.released, int(self().number));
    if (barrier.pending == 0) {
        fail(Kind::mbarrier_overflow, place, "more arrivals in a phase than the ", barrier.arrivals, " that the mbarrier was initialised with");
        abandon_block();
    }
    --barrier.pending;
    advance(number);
}

bool Mbarriers::poll(uint32_t address, uint32_t parity, Place place) {
    const int number = find(address, place);
    shared_access(address, 8, Access::read, place);
    const Mbarrier& barrier = all_[size_t(number)];
    if (!complete(barrier, parity)) return false;
    if (machine.config.check) machine.clocks.acquire(barrier.published, int(self().number));
    return true;
}

void Mbarriers::wait(uint32_t address, uint32_t parity, Place place) {
    while (!poll(address, parity, place)) {
        self().wait(Waits::mbarrier, "mbarrier_wait", place, uint32_t(find(address, place)));
        switch_thread();
    }
}

void Mbarriers::bytes_arrived(int number, uint32_t bytes) {
    all_[size_t(number)].bytes -= bytes;
    advance(number);
}

void Mbarriers::end_block() {
    for (const Mbarrier& barrier : all_) {
        if (barrier.bytes != 0) fail(Kind::async_at_exit, barrier.place, "the block ended while an mbarrier still expects ", barrier.bytes, " bytes");
    }
}

void mbarrier_init(uint32_t address, uint32_t arrivals, Place place) { machine.mbarriers.init(address, arrivals, place); }

void mbarrier_arrive(uint32_t address, Place place) { mbarrier_arrive_expect(address, 0, place); }

void mbarrier_arrive_expect(uint32_t address, uint32_t bytes, Place place) {
    yield();
    machine.mbarriers.arrive(address, bytes, place);
}

bool mbarrier_try_wait(uint32_t address, uint32_t parity, Place place) {
    if (machine.mbarriers.poll(address, parity, place)) {
        yield();
        return true;
    }
    asked_in_vain(place);
    return machine.mbarriers.poll(address, parity, place);
}

void mbarrier_wait(uint32_t address, uint32_t parity, Place place) {
    yield();
    machine.mbarriers.wait(address, parity, place);
}

}  // namespace simt
