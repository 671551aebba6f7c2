// The queue of one handle (a denoiser, a trainer): one caller at a time, its work in order on the device's worker, what failed reported once.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "base/error.h"
#include "session/device.h"

namespace lgv {

class HandleQueue {
public:
    // `noun`: what the handle is, for messages.
    HandleQueue(std::shared_ptr<Device> device, const char* noun) : device_(std::move(device)), noun_(noun) {}

    // Held while a call runs: LGV_BUSY where another thread's is running. Every call first reports what queued work left.
    class Use {
    public:
        explicit Use(HandleQueue& queue);
        ~Use() { queue_.in_use_.store(false, std::memory_order_release); }
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;

    private:
        HandleQueue& queue_;
    };

    // Queues work, which is dropped once the handle is closed or until a fault has been reported. `owner` is what the work needs alive: the handle.
    // `counted`: one that wait() can ask for.
    void post(std::shared_ptr<void> owner, std::function<void()> work, bool counted = false);

    // Blocks until all is done, or the counted work number `number` (the first is 1; 0: all); then reports faults. `what`: a counted work, for messages.
    void drain();
    void wait(int64_t number, const char* what);

    // Blocks until at most `most` pieces of work wait or run.
    void wait_for_room(int64_t most);

    void close() { closed_.store(true, std::memory_order_release); }

private:
    void throw_fault();

    std::shared_ptr<Device> device_;
    const char* noun_;
    std::atomic<bool> in_use_{false};
    std::atomic<bool> closed_{false};

    // Between the caller and the worker.
    std::mutex mutex_;
    std::condition_variable progress_;
    int64_t posted_ = 0, done_ = 0;                  // pieces of work
    int64_t counted_posted_ = 0, counted_done_ = 0;  // those that are counted
    std::optional<Error> fault_;                     // work is dropped until it has been reported
};

}  // namespace lgv
