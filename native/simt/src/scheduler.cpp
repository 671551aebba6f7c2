// Launches, blocks, and engine 1: the threads of a block on fibers, which switch only where they meet, wait, or lose the processor by chance.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <numeric>
#include <sstream>

#include "faults.h"
#include "fiber.h"
#include "machine.h"
#include "symbols.h"

namespace simt {

namespace {

// What belongs to the fibers alone.
struct Scheduler {
    Stacks stacks;
    std::vector<int> ready;  // threads that can run
    size_t next = 0;         // of them, in order (seed 0)
    void* stack_pointer = nullptr;
    bool on = false;         // fibers are running, not an interpreter
    const Launch* launch = nullptr;
    int in_vain = 0;         // how often somebody asked in vain since something happened

    bool anyone() const { return next < ready.size(); }
    int pick() {
        if (machine.config.seed != 0) {
            const size_t i = machine.random.below(ready.size());
            const int thread = ready[i];
            ready[i] = ready.back();
            ready.pop_back();
            return thread;
        }
        const int thread = ready[next++];
        if (next > 4096) {
            ready.erase(ready.begin(), ready.begin() + std::ptrdiff_t(next));
            next = 0;
        }
        return thread;
    }
};
Scheduler scheduler;

void to_scheduler() {
    Thread& me = self();
    running.thread = nullptr;
    simt_switch_stack(&me.stack_pointer, scheduler.stack_pointer);
}

void run_thread() {
    scheduler.launch->thread(scheduler.launch->pack.get());
    thread_ended(self());
    switch_thread();
    std::abort();  // nobody switches back to a thread that is done
}

// "32 threads [0..31] at __syncthreads kernel.cu:12; ..." : everybody, by where they are.
std::string where_threads_are() {
    std::map<std::string, std::vector<int>> places;
    for (const Thread& thread : machine.block.threads) {
        const bool done = thread.state == Thread::State::done;
        places[done ? "have returned" : lgv::text("wait at ", thread.what, " ", machine.sites.line_of(thread.place).text)].push_back(int(thread.number));
    }
    std::ostringstream out;
    for (const auto& [place, threads] : places) {
        if (out.tellp() > 0) out << "; ";
        out << threads.size() << " threads [" << threads.front() << ".." << threads.back() << "] " << place;
    }
    return out.str();
}

void tell_deadlock() {
    Place place;
    for (const Thread& thread : machine.block.threads) {
        if (thread.state != Thread::State::waiting) continue;
        place = thread.place;
        break;
    }
    fail(machine.block.done > 0 ? Kind::exited_while_waiting : Kind::deadlock, place, "no thread can run: ", where_threads_are());
    abandon_block();
}

bool launchable(const Launch& launch) {
    const dim3 grid = launch.grid, block = launch.block;
    const uint64_t threads = uint64_t(block.x) * block.y * block.z;
    if (threads < 1 || threads > 1024 || block.z > 64 || grid.x == 0 || grid.x > 0x7fffffffu || grid.y == 0 || grid.y > 65535 || grid.z == 0 || grid.z > 65535) {
        fail(Kind::launch_configuration, Place{}, "a grid of (", grid.x, ",", grid.y, ",", grid.z, ") blocks of (", block.x, ",", block.y, ",", block.z, ") threads cannot be launched");
        return false;
    }
    if (launch.dynamic_shared_bytes < 0 || launch.dynamic_shared_bytes > machine.config.shared_limit) {
        fail(Kind::launch_configuration, Place{}, launch.dynamic_shared_bytes, " bytes of dynamic shared memory, a block may have ", machine.config.shared_limit);
        return false;
    }
    return true;
}

void begin_block(const Launch& launch, uint64_t number) {
    Block& block = machine.block;
    machine.random.seed(machine.config.seed, number + 1);
    block.number = block.first + number;
    block.done = 0;
    const dim3 size = launch.block;
    for (int t = 0; t < block.count(); ++t) {
        Thread& thread = block.threads[size_t(t)];
        const auto i = unsigned(t);
        thread.number = i;
        thread.lane = i % warp_lanes;
        thread.warp = i / warp_lanes;
        thread.index = {i % size.x, i / size.x % size.y, i / (size.x * size.y)};
        thread.state = Thread::State::ready;
        thread.waits = Waits::nothing;
        thread.copies.clear();
        thread.copy_groups.clear();
        thread.stores.clear();
        thread.store_groups.clear();
    }
    const dim3 grid = launch.grid;
    running.block_index = {unsigned(number % grid.x), unsigned(number / grid.x % grid.y), unsigned(number / (uint64_t(grid.x) * grid.y))};
    machine.window.begin_block(uint32_t(launch.dynamic_shared_bytes), machine.config.seed != 0 ? 16 * uint32_t(machine.random.below(64)) : 0);
    machine.barriers.begin_block();
    machine.meetings.begin_block();
    machine.bulk.begin_block();
    machine.mbarriers.begin_block();
    machine.warpgroups.begin_block();
    if (machine.config.check) {
        machine.clocks.begin_block(block.count());
        machine.shared_shadow.begin_block();
    }
}

void end_block(bool whole) {
    if (whole) {
        machine.bulk.end_block();
        machine.mbarriers.end_block();
        machine.window.end_block();
    }
    if (machine.config.count) machine.counters.end_block();
}

}  // namespace

void make_ready(Thread& thread) {
    if (thread.state == Thread::State::waiting) scheduler.in_vain = 0;
    thread.state = Thread::State::ready;
    thread.waits = Waits::nothing;
    if (scheduler.on) scheduler.ready.push_back(int(thread.number));
}

void switch_thread() {
    // Random copies happen between threads, so then every switch goes through the scheduler.
    if (!scheduler.anyone() || machine.config.copies == Copies::random) {
        to_scheduler();
        return;
    }
    Thread &from = self(), &to = machine.block.threads[size_t(scheduler.pick())];
    if (&from == &to) return;
    running.thread = &to;
    simt_switch_stack(&from.stack_pointer, to.stack_pointer);
}

void yield() {
    scheduler.in_vain = 0;
    check_time();
    if (!scheduler.on || machine.config.seed == 0 || !machine.random.one_in(4)) return;
    make_ready(self());
    switch_thread();
}

void preempt() {
    check_time();
    if (machine.config.preempt == 0 || !scheduler.on || !machine.random.one_in(uint64_t(machine.config.preempt))) return;
    make_ready(self());
    switch_thread();
}

void asked_in_vain(Place place) {
    const int threads = machine.block.count();
    Thread& me = self();
    if (++scheduler.in_vain > 4 * threads && perform_copy()) scheduler.in_vain = 0;
    if (scheduler.in_vain > 1000 * threads) {
        me.wait(Waits::mbarrier, "mbarrier_try_wait", place, ~0u);
        tell_deadlock();
    }
    if (!scheduler.on) return;
    make_ready(me);
    switch_thread();
}

void thread_ended(Thread& thread) {
    scheduler.in_vain = 0;
    thread.state = Thread::State::done;
    thread.waits = Waits::nothing;
    ++machine.block.done;
    copies_at_exit(thread);
    machine.warpgroups.thread_ended(thread);
    machine.meetings.thread_ended(thread);
}

void run_fibers() {
    Block& block = machine.block;
    for (Thread& thread : block.threads) {
        prepare_fiber(thread, run_thread);
        scheduler.ready.push_back(int(thread.number));
    }
    scheduler.on = true;
    while (block.done < block.count()) {
        if (!scheduler.anyone()) {
            scheduler.ready.clear();
            scheduler.next = 0;
            if (perform_copy()) continue;  // the latest moment that there is
            tell_deadlock();
        }
        if (machine.config.copies == Copies::random && machine.random.one_in(16)) perform_copy();
        Thread& thread = block.threads[size_t(scheduler.pick())];
        running.thread = &thread;
        simt_switch_stack(&scheduler.stack_pointer, thread.stack_pointer);
        running.thread = nullptr;
    }
}

void run(const Launch& launch) {
    watch_for_faults();
    const std::string& symbol = symbol_of(launch.kernel);
    machine.kernel = readable(symbol);
    if (!launchable(launch)) return;
    running.grid = launch.grid;
    running.block = launch.block;
    Block& block = machine.block;
    block.threads.resize(size_t(launch.block.x) * launch.block.y * launch.block.z);
    const bool interpreted = machine.interpreter != nullptr && machine.interpreter->takes(launch, symbol);
    scheduler.stacks.give(block.threads);
    scheduler.launch = &launch;
    if (machine.config.count) machine.counters.begin_launch(machine.kernel);

    const uint64_t blocks = uint64_t(launch.grid.x) * launch.grid.y * launch.grid.z;
    block.first = std::max<uint64_t>(1, block.first + machine.blocks_of_last_launch);
    machine.blocks_of_last_launch = blocks;
    std::vector<uint32_t> order(blocks);
    std::iota(order.begin(), order.end(), 0u);
    if (machine.config.seed != 0) {
        machine.random.seed(machine.config.seed, 0);
        for (size_t i = blocks; i > 1; --i) std::swap(order[i - 1], order[machine.random.below(i)]);
    }
    for (const uint32_t number : order) {
        begin_block(launch, number);
        scheduler.ready.clear();
        scheduler.next = 0;
        scheduler.in_vain = 0;
        const bool whole = interpreted ? run_until_abandoned([] { machine.interpreter->run_block(); }) : run_until_abandoned(run_fibers);
        scheduler.on = false;
        running.thread = nullptr;
        end_block(whole);
        if (findings().size() > enough_findings) break;
    }
    if (machine.config.count) machine.counters.end_launch();
    machine.heap.check_borders();
    machine.kernel.clear();
}

}  // namespace simt
