#include "async_copies.h"

#include <cstring>

#include "access.h"
#include "machine.h"

namespace simt {

namespace {

bool happens_at_issue() {
    switch (machine.config.copies) {
        case Copies::late: return false;
        case Copies::at_issue: return true;
        case Copies::random: return machine.random.one_in(2);
    }
    return false;
}

uint32_t offset_of(uint32_t address) { return address - SharedWindow::base; }

void copy(const PendingCopy& copy) {
    std::byte* to = machine.window.at(copy.to);
    std::memcpy(to, copy.from, size_t(copy.source_bytes));
    std::memset(to + copy.source_bytes, 0, size_t(copy.bytes - copy.source_bytes));
}

// Bounds and alignment; the shadow of shared memory is told apart, when the copy begins and ends.
bool may_touch_shared(uint32_t address, size_t bytes, Access how, Place place) {
    const std::byte* p = machine.window.at(address);
    if (!machine.window.contains(p)) return shared_access(address, bytes, how, place);  // which tells
    return check_access(p, bytes, how, place, {.shadow = false});
}

}  // namespace

// ---- cp.async

void cp_async(uint32_t to, const void* from, int bytes, int source_bytes, Place place) {
    Thread& me = self();
    if (source_bytes < 0 || source_bytes > bytes) {
        fail(Kind::copy_arguments, place, "cp.async of ", bytes, " bytes, of which ", source_bytes, " come from the source");
        return;
    }
    if (reinterpret_cast<uintptr_t>(from) % size_t(bytes) != 0) {
        fail(Kind::misaligned, place, "cp.async of ", bytes, " bytes from ", machine.heap.describe(from));
        return;
    }
    if (!may_touch_shared(to, size_t(bytes), Access::write, place)) return;
    if (source_bytes > 0 && !access(from, size_t(source_bytes), Access::read, place)) return;
    const bool check = machine.config.check, count = machine.config.count;
    const uint32_t site = check || count ? machine.sites.number_of(place) : 0;
    if (count) machine.counters.access(machine.window.at(to), size_t(bytes), Access::write, true, site);
    if (check) machine.shared_shadow.begin_write(offset_of(to), size_t(bytes), site);
    const PendingCopy pending{to, from, bytes, source_bytes, happens_at_issue(), site};
    if (pending.done) copy(pending);
    else std::memset(machine.window.at(to), 0xff, size_t(bytes));  // whoever still reads what was there before sees NaN
    me.copies.push_back(pending);
}

void cp_async_commit() {
    Thread& me = self();
    me.copy_groups.push_back(me.copies.size());
}

void wait_for_copies(Thread& thread, int groups) {
    if (thread.copy_groups.size() <= size_t(groups)) return;
    const size_t finished_groups = thread.copy_groups.size() - size_t(groups), finished = thread.copy_groups[finished_groups - 1];
    for (size_t i = 0; i < finished; ++i) {
        const PendingCopy& pending = thread.copies[i];
        if (!pending.done) copy(pending);
        if (!machine.config.check) continue;
        machine.shared_shadow.end_write(offset_of(pending.to), size_t(pending.bytes), machine.clocks.now(int(thread.number)), pending.site, false);
    }
    thread.copies.erase(thread.copies.begin(), thread.copies.begin() + std::ptrdiff_t(finished));
    thread.copy_groups.erase(thread.copy_groups.begin(), thread.copy_groups.begin() + std::ptrdiff_t(finished_groups));
    for (size_t& end : thread.copy_groups) end -= finished;
}

void cp_async_wait(int groups, Place) {
    wait_for_copies(self(), groups);
    yield();
}

// ---- bulk copies

size_t BulkCopies::add(const BulkCopy& copy) {
    all_.push_back(copy);
    if (!copy.store) live_loads_.push_back(all_.size() - 1);
    return all_.size() - 1;
}

void BulkCopies::perform(size_t number) {
    BulkCopy& copy = all_[number];
    if (!copy.live) return;
    copy.live = false;
    std::byte* shared = machine.window.at(copy.shared);
    SharedShadow& shadow = machine.shared_shadow;
    const Clocks& clocks = machine.clocks;
    if (copy.store) {
        std::memcpy(copy.global, shared, copy.bytes);
        if (machine.config.check) shadow.end_read(offset_of(copy.shared), copy.bytes, clocks.now(copy.thread), copy.site);
        return;
    }
    std::memcpy(shared, copy.global, copy.bytes);
    if (machine.config.check) {
        const Moment when{clocks.epoch(), machine.mbarriers.next_phase(copy.mbarrier), uint16_t(clocks.mbarrier_thread(copy.mbarrier))};
        shadow.end_write(offset_of(copy.shared), copy.bytes, when, copy.site, true);
    }
    machine.mbarriers.bytes_arrived(copy.mbarrier, copy.bytes);
}

bool BulkCopies::perform_any() {
    if (live_loads_.empty()) return false;
    const size_t i = machine.config.seed != 0 ? machine.random.below(live_loads_.size()) : 0, number = live_loads_[i];
    live_loads_.erase(live_loads_.begin() + std::ptrdiff_t(i));
    perform(number);
    return true;
}

void BulkCopies::end_block() {
    for (const BulkCopy& copy : all_) {
        if (copy.live && !copy.store) fail(Kind::async_at_exit, machine.sites.place_of(copy.site), "the block ended while a bulk load was under way");
    }
}

bool perform_copy() { return machine.bulk.perform_any(); }

namespace {

void issue_bulk(bool store, uint32_t shared, void* global, uint32_t bytes, uint32_t barrier, Place place) {
    yield();
    if (shared % 16 != 0 || reinterpret_cast<uintptr_t>(global) % 16 != 0 || bytes % 16 != 0) {
        fail(Kind::misaligned, place, "a bulk copy of ", bytes, " bytes between the shared address ", shared, " and ", machine.heap.describe(global), ": all are multiples of 16");
        abandon_block();
    }
    const int mbarrier = store ? -1 : machine.mbarriers.find(barrier, place);
    // The proxy reads device memory at issue as far as races go: nobody may write it while the kernel runs anyway.
    if (!check_access(global, bytes, store ? Access::write : Access::read, place, {.aligned = false, .shadow = false})) abandon_block();
    if (!may_touch_shared(shared, bytes, store ? Access::read : Access::write, place)) abandon_block();
    const uint32_t site = machine.sites.number_of(place);
    if (machine.config.count) machine.counters.bulk(global, bytes, store);
    if (machine.config.check) {
        Allocation* allocation = machine.heap.find(global);
        allocation->shadow.access(allocation->base, size_t(static_cast<std::byte*>(global) - allocation->base), bytes, store ? Access::write : Access::read, site);
        if (store) machine.shared_shadow.begin_read(offset_of(shared), bytes, site, true);
        else machine.shared_shadow.begin_write(offset_of(shared), bytes, site);
    }
    if (!store) std::memset(shared_pointer(shared), 0xff, bytes);
    Thread& me = self();
    const size_t number = machine.bulk.add({store, true, shared, static_cast<std::byte*>(global), bytes, mbarrier, site, int(me.number)});
    if (store) me.stores.push_back(number);
    else if (happens_at_issue()) machine.bulk.perform_any();
}

}  // namespace

void bulk_load(uint32_t to, const void* from, uint32_t bytes, uint32_t barrier, Place place) { issue_bulk(false, to, const_cast<void*>(from), bytes, barrier, place); }

void bulk_store(void* to, uint32_t from, uint32_t bytes, Place place) { issue_bulk(true, from, to, bytes, 0, place); }

void bulk_commit() {
    Thread& me = self();
    me.store_groups.push_back(std::move(me.stores));
    me.stores.clear();
}

void wait_for_stores(Thread& thread, int groups) {
    while (thread.store_groups.size() > size_t(groups)) {
        for (const size_t number : thread.store_groups.front()) machine.bulk.perform(number);
        thread.store_groups.erase(thread.store_groups.begin());
    }
}

void bulk_wait(int groups, Place) {
    wait_for_stores(self(), groups);
    yield();
}

void fence_proxy_async() {
    if (machine.config.check) machine.clocks.fence_proxy(int(self().number));
}

void copies_at_exit(const Thread& thread) {
    if (!thread.copies.empty()) {
        fail(Kind::async_at_exit, machine.sites.place_of(thread.copies.front().site), "a thread returned with ", thread.copies.size(), " cp.async copies that it did not wait for");
    }
    if (!thread.stores.empty() || !thread.store_groups.empty()) fail(Kind::async_at_exit, Place{}, "a thread returned with bulk stores that it did not wait for");
}

}  // namespace simt
