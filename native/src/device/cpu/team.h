// The one thread team of the CPU device: the worker that leads it and threads - 1 helpers.
//
// A round opens a gate. Helpers that are awake come in, take tasks from a common counter and leave; the leader does the same, shuts the gate and
// waits for those that are still inside. A helper that sleeps, or lost its processor to another program, is not waited for: it finds the gate
// shut, or joins a later round.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace lgv {

class ThreadTeam {
public:
    // 1 to 1024 threads, the leader among them.
    explicit ThreadTeam(int threads);
    ~ThreadTeam();
    ThreadTeam(const ThreadTeam&) = delete;
    ThreadTeam& operator=(const ThreadTeam&) = delete;

    int threads() const { return threads_; }

    // Runs body(task, thread) for each task in 0 .. tasks-1 and returns when all are done. `thread` is 0 .. threads()-1: what a body may use as
    // the index of its scratch. Which thread takes which task is open: a body's result must not depend on it. The body must not throw
    // (check before, not in, the loop) and must not call run() again. Only the thread that leads the team calls this, one at a time.
    // Every thread rounds to nearest and keeps denormals, whatever its creator had set.
    template <class Body>
    void run(int64_t tasks, const Body& body) {
        run(tasks, [](const void* context, int64_t task, int thread) { (*static_cast<const Body*>(context))(task, thread); }, &body);
    }

private:
    using Call = void (*)(const void* context, int64_t task, int thread);

    void run(int64_t tasks, Call call, const void* context);
    void help(int thread);
    void take_tasks(int thread);
    bool join_round();
    void leave_round();
    void dismiss_helpers();

    const int threads_;
    const bool spins_;  // false where threads must share processors: waiting then takes time away from the one that is waited for

    // What is done in a round. Written by the leader while the gate is shut and nobody is inside.
    alignas(64) Call call_ = nullptr;
    const void* context_ = nullptr;
    int64_t tasks_ = 0;

    alignas(64) std::atomic<int64_t> next_{0};    // the first task that nobody has taken
    alignas(64) std::atomic<uint32_t> gate_{0};   // open bit, and the number of helpers inside. The leader waits here
    alignas(64) std::atomic<uint32_t> round_{0};  // counts rounds. Helpers wait here
    alignas(64) std::atomic<bool> stop_{false};
    std::vector<std::thread> helpers_;
};

// As many threads as this process may run on at once: the affinity mask, cut by the cgroup's CPU quota (rounded up); at least 1.
int available_threads();

}  // namespace lgv
