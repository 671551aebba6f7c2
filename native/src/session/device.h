// A device as its user holds it: one worker thread that runs queued work in order, and what is behind it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "session/backend.h"

namespace lgv {

class Device {
public:
    // "cpu", "cuda", "cuda:1" or "auto"; threads 0: as many as this process may use.
    static std::shared_ptr<Device> open(const std::string& name, int32_t threads);

    ~Device();  // queued work is finished first
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;

    Backend& backend() const { return *backend_; }
    std::string describe() const;  // a JSON object, as langevin.h shows it

    // Any thread. The work must not throw.
    void enqueue(std::function<void()> work);

    // The same, done when it returns; what the work throws is thrown here.
    void run(const std::function<void()>& work);

    // The order with a stream of the caller's, as langevin.h has it.
    void after_stream(uint64_t stream);
    void before_stream(uint64_t stream);

private:
    // Shared with the worker, which outlives the Device when the last reference to it ends in queued work.
    struct Core;

    Device(std::unique_ptr<Backend> backend, std::string note);

    std::shared_ptr<Backend> backend_;  // the worker's too
    std::string note_;
    std::shared_ptr<Core> core_;
    std::thread worker_;
};

}  // namespace lgv
