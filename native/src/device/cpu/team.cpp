#include "device/cpu/team.h"

#include <immintrin.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <system_error>

#include "base/error.h"
#include "device/cpu/cgroup.h"

namespace lgv {

namespace {

constexpr uint32_t open_bit = uint32_t{1} << 31;

// MXCSR as the ABI starts a thread with: round to nearest, denormals kept, no traps. The low six bits are sticky flags.
constexpr unsigned default_mxcsr = 0x1F80;
constexpr unsigned mxcsr_control = 0xFFC0;

// Puts the leader's MXCSR right for a round, and back after it.
class DefaultArithmetic {
public:
    DefaultArithmetic() : before_(_mm_getcsr()) {
        if ((before_ & mxcsr_control) != default_mxcsr) _mm_setcsr(default_mxcsr);
    }
    ~DefaultArithmetic() {
        if ((before_ & mxcsr_control) != default_mxcsr) _mm_setcsr(before_);
    }
    DefaultArithmetic(const DefaultArithmetic&) = delete;
    DefaultArithmetic& operator=(const DefaultArithmetic&) = delete;

private:
    unsigned before_;
};

// Waits until `word` differs from `old`: awake for about spin_time, since the next round usually follows at once and to be woken takes 10 us and
// more; then asleep in the kernel. By the clock, because a pause takes 10 cycles on some processors and 140 on others. With two threads and tasks
// of 150 us, 100 us of it take 3 % less time than 20 us and 300 us no more than another 1 %; beside seven times more work than processors all are
// alike, since nobody waits for a helper that has not joined.
constexpr std::chrono::microseconds spin_time{100};

void wait_for_change(const std::atomic<uint32_t>& word, uint32_t old, bool spins) {
    if (spins) {
        const auto changed = [&] {
            for (int i = 0; i < 32; ++i) {
                if (word.load(std::memory_order_acquire) != old) return true;
                _mm_pause();
            }
            return false;
        };
        if (changed()) return;
        const auto deadline = std::chrono::steady_clock::now() + spin_time;
        do {
            if (changed()) return;
        } while (std::chrono::steady_clock::now() < deadline);
    }
    word.wait(old, std::memory_order_acquire);
}

int processors_in_affinity_mask() {
    for (int room = 1024; room <= 1 << 20; room *= 2) {
        const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> set(CPU_ALLOC(size_t(room)), [](cpu_set_t* s) { CPU_FREE(s); });
        const size_t bytes = CPU_ALLOC_SIZE(size_t(room));
        if (set && sched_getaffinity(0, bytes, set.get()) == 0) return CPU_COUNT_S(bytes, set.get());
    }
    return int(std::thread::hardware_concurrency());
}

}  // namespace

ThreadTeam::ThreadTeam(int threads) : threads_(threads), spins_(threads <= available_threads()) {
    expect(threads >= 1 && threads <= 1024, Code::argument, "threads: ", threads, " (1 to 1024 make a team)");
    helpers_.reserve(size_t(threads - 1));
    try {
        for (int thread = 1; thread < threads; ++thread) helpers_.emplace_back([this, thread] { help(thread); });
    } catch (const std::system_error& error) {
        const size_t started = helpers_.size() + 1;
        dismiss_helpers();
        fail(Code::memory, "threads: ", threads, " were wanted, the system gave ", started, " (", error.code().message(), ")");
    }
}

ThreadTeam::~ThreadTeam() { dismiss_helpers(); }

void ThreadTeam::dismiss_helpers() {
    stop_.store(true, std::memory_order_release);
    round_.fetch_add(1);
    round_.notify_all();
    for (std::thread& helper : helpers_) helper.join();
}

void ThreadTeam::run(int64_t tasks, Call call, const void* context) {
    const DefaultArithmetic arithmetic;
    if (helpers_.empty() || tasks <= 1) {
        for (int64_t task = 0; task < tasks; ++task) call(context, task, 0);
        return;
    }
    call_ = call;
    context_ = context;
    tasks_ = tasks;
    next_.store(0, std::memory_order_relaxed);
    gate_.store(open_bit, std::memory_order_release);
    // Sequentially consistent, as in leave_round: notify looks whether somebody sleeps, and that look must not pass the change before it.
    round_.fetch_add(1);
    round_.notify_all();
    take_tasks(0);
    uint32_t inside = gate_.fetch_and(~open_bit, std::memory_order_acq_rel) & ~open_bit;
    while (inside != 0) {
        wait_for_change(gate_, inside, spins_);
        inside = gate_.load(std::memory_order_acquire);
    }
}

void ThreadTeam::help(int thread) {
    _mm_setcsr(default_mxcsr);  // a thread is born with its creator's
    for (uint32_t seen = 0;;) {
        wait_for_change(round_, seen, spins_);
        seen = round_.load(std::memory_order_acquire);
        if (stop_.load(std::memory_order_acquire)) return;
        if (join_round()) {
            take_tasks(thread);
            leave_round();
        }
    }
}

bool ThreadTeam::join_round() {
    uint32_t gate = gate_.load(std::memory_order_relaxed);
    while (gate & open_bit)
        if (gate_.compare_exchange_weak(gate, gate + 1, std::memory_order_acquire, std::memory_order_relaxed)) return true;
    return false;
}

void ThreadTeam::leave_round() {
    if (gate_.fetch_sub(1) == 1) gate_.notify_one();  // shut, and the last one out: the leader may be asleep
}

void ThreadTeam::take_tasks(int thread) {
    for (;;) {
        const int64_t task = next_.fetch_add(1, std::memory_order_relaxed);
        if (task >= tasks_) return;
        call_(context_, task, thread);
    }
}

int available_threads() {
    const double quota = std::ceil(cgroup_cpu_quota("/"));
    const int processors = processors_in_affinity_mask();
    return std::max(1, quota < processors ? int(quota) : processors);
}

}  // namespace lgv
