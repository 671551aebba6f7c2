// The one thread team of the CPU device: the worker that leads it and threads - 1 helpers.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace lgv {

class ThreadTeam {
public:
    explicit ThreadTeam(int threads);
    ~ThreadTeam();
    ThreadTeam(const ThreadTeam&) = delete;
    ThreadTeam& operator=(const ThreadTeam&) = delete;

    int threads() const { return int(helpers_.size()) + 1; }

    // Runs body(task, thread) for each task in 0 .. tasks-1 and returns when all are done. `thread` is 0 .. threads()-1: what a body may use as
    // the index of its scratch. Which thread takes which task is open: a body's result must not depend on it. The body must not throw
    // (check before, not in, the loop) and must not call run() again. Only the thread that leads the team calls this.
    template <class Body>
    void run(int64_t tasks, const Body& body) {
        run(tasks, [](const void* context, int64_t task, int thread) { (*static_cast<const Body*>(context))(task, thread); }, &body);
    }

private:
    using Call = void (*)(const void* context, int64_t task, int thread);

    void run(int64_t tasks, Call call, const void* context);
    void work(int thread);
    void take_tasks(int thread);

    // One round of work. Helpers wait on round_; the leader waits on busy_.
    Call call_ = nullptr;
    const void* context_ = nullptr;
    int64_t tasks_ = 0;
    alignas(64) std::atomic<int64_t> next_{0};
    alignas(64) std::atomic<uint32_t> round_{0};
    alignas(64) std::atomic<int32_t> busy_{0};
    std::atomic<bool> stop_{false};
    std::vector<std::thread> helpers_;
};

// As many threads as this process may run on at once: the affinity mask, cut by the cgroup's CPU quota; at least 1.
int available_threads();

}  // namespace lgv
