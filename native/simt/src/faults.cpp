#include "faults.h"

#include <pthread.h>
#include <sys/time.h>

#include <csetjmp>
#include <csignal>
#include <memory>

#include "fiber.h"
#include "machine.h"

namespace simt {

volatile bool time_is_up = false;

namespace {

sigjmp_buf abandoned;
bool can_be_abandoned = false;
pthread_t kernel_thread;  // of the host, while can_be_abandoned

void on_fault(int signal, siginfo_t* info, void*) {
    if (!in_kernel() || !can_be_abandoned) {
        std::signal(signal, SIG_DFL);  // happens again when the handler returns, and ends the process
        return;
    }
    const void* address = info->si_addr;
    for (const Thread& thread : machine.block.threads) {
        if (!is_stack_guard(thread, address)) continue;
        fail(Kind::stack_overflow, Place{}, "the stack of thread ", thread.number, " is full: local arrays of more than ", Stacks::bytes, " bytes, or endless recursion");
        abandon_block();
    }
    if (machine.window.near(address)) fail(Kind::out_of_bounds_shared, Place{}, "something outside of shared memory was touched");
    else if (machine.heap.contains(address)) fail(Kind::out_of_bounds_global, Place{}, "a page that nobody may touch was touched: ", machine.heap.describe(address));
    else fail(Kind::bad_pointer, Place{}, "signal ", signal, " at ", address);
    abandon_block();
}

// Whoever loads, stores or meets finds out by itself. What still runs a second later does none of these, so it is in no call that could be in the middle of something.
void on_time(int) {
    if (!can_be_abandoned) return;
    if (pthread_equal(pthread_self(), kernel_thread) == 0) {  // it comes to any thread
        pthread_kill(kernel_thread, SIGVTALRM);
        return;
    }
    if (!in_kernel()) return;
    if (time_is_up) tell_time_is_up();
    time_is_up = true;
}

void start_clock(int64_t seconds) {
    time_is_up = false;
    itimerval timer = {};
    timer.it_value.tv_sec = seconds;
    timer.it_interval.tv_sec = 1;
    setitimer(ITIMER_VIRTUAL, &timer, nullptr);
}

void stop_clock() {
    const itimerval none = {};
    setitimer(ITIMER_VIRTUAL, &none, nullptr);
    time_is_up = false;
}

}  // namespace

void tell_time_is_up() {
    if (!in_kernel()) return;
    time_is_up = false;
    fail(Kind::deadlock, Place{}, "the block did not end within ", machine.config.block_seconds,
         " s: an endless loop, or a thread that waits by asking for what another one writes (blocks run one after the other, threads until they meet)");
    abandon_block();
}

namespace {

// A stack for the signal handler, as a fiber's may be what is full. Every thread of the host that runs kernels has one.
class HandlerStack {
public:
    HandlerStack() : memory_(new std::byte[bytes]) {
        stack_t stack = {};
        stack.ss_size = bytes;
        stack.ss_sp = memory_.get();
        sigaltstack(&stack, nullptr);
    }
    ~HandlerStack() {
        stack_t none = {};
        none.ss_flags = SS_DISABLE;
        sigaltstack(&none, nullptr);
    }

private:
    static constexpr size_t bytes = 256 * 1024;

    std::unique_ptr<std::byte[]> memory_;
};

}  // namespace

void watch_for_faults() {
    thread_local const HandlerStack stack;
    (void)stack;
    static bool watching = false;
    if (watching) return;
    watching = true;
    struct sigaction action = {};
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigaction(SIGSEGV, &action, nullptr);
    sigaction(SIGBUS, &action, nullptr);
    struct sigaction timer = {};
    timer.sa_handler = on_time;
    timer.sa_flags = SA_RESTART | SA_ONSTACK | SA_NODEFER;
    sigaction(SIGVTALRM, &timer, nullptr);
}

bool run_until_abandoned(void (*body)()) {
    if (sigsetjmp(abandoned, 0) != 0) {
        can_be_abandoned = false;
        stop_clock();
        running.thread = nullptr;
        return false;
    }
    kernel_thread = pthread_self();
    can_be_abandoned = true;
    start_clock(machine.config.block_seconds);
    body();
    can_be_abandoned = false;
    stop_clock();
    return true;
}

// A jump, not an exception: it may come from the signal handler, and on a fiber's stack there is nobody who could catch.
void abandon_block() { siglongjmp(abandoned, 1); }

}  // namespace simt
