#include "session/queue.h"

#include <new>

namespace lgv {

HandleQueue::Use::Use(HandleQueue& queue) : queue_(queue) {
    expect(!queue.in_use_.exchange(true, std::memory_order_acquire), Code::busy, queue.noun_, ": another thread is using it; one thread at a time");
    try {
        queue.throw_fault();
    } catch (...) {
        queue.in_use_.store(false, std::memory_order_release);
        throw;
    }
}

void HandleQueue::post(std::shared_ptr<void> owner, std::function<void()> work, bool counted) {
    {
        const std::lock_guard lock(mutex_);
        ++posted_;
        if (counted) ++counted_posted_;
    }
    device_->enqueue([this, owner = std::move(owner), work = std::move(work), counted] {
        std::optional<Error> fault;
        bool drop = closed_.load(std::memory_order_acquire);
        {
            const std::lock_guard lock(mutex_);
            drop = drop || fault_.has_value();
        }
        try {
            if (!drop) work();
        } catch (const Error& error) {
            fault = error;
        } catch (const std::bad_alloc&) {
            fault = Error(Code::memory, "out of memory");
        } catch (const std::exception& error) {
            fault = Error(Code::fault, error.what());
        }
        {
            const std::lock_guard lock(mutex_);
            if (fault) fault_ = std::move(fault);
            ++done_;
            if (counted) ++counted_done_;
        }
        progress_.notify_all();
    });
}

void HandleQueue::drain() {
    wait_for_room(0);
    throw_fault();
}

void HandleQueue::wait(int64_t number, const char* what) {
    if (number == 0) return drain();
    {
        std::unique_lock lock(mutex_);
        expect(number >= 1 && number <= counted_posted_, Code::argument, what, " ", number, ": ", counted_posted_, " have been queued");
        progress_.wait(lock, [&] { return counted_done_ >= number; });
    }
    throw_fault();
}

void HandleQueue::wait_for_room(int64_t most) {
    std::unique_lock lock(mutex_);
    progress_.wait(lock, [&] { return posted_ - done_ <= most; });
}

void HandleQueue::throw_fault() {
    std::optional<Error> fault;
    {
        const std::lock_guard lock(mutex_);
        fault = std::move(fault_);
        fault_.reset();
    }
    if (fault) throw Error(*fault);
}

}  // namespace lgv
