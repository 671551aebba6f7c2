// A device as its user holds it: one worker thread that runs queued work in order and leads the thread team, and the arena that the
// programs of all its denoisers share, since only one of them runs at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "device/cpu/isa.h"
#include "device/cpu/team.h"

namespace lgv {

class Device {
public:
    // "cpu" or "auto"; threads 0: as many as this process may use.
    static std::shared_ptr<Device> open(const std::string& name, int32_t threads);

    ~Device();  // queued work is finished first
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;

    Isa isa() const { return isa_; }
    int threads() const { return threads_; }
    std::string describe() const;  // a JSON object, as langevin.h shows it

    // Any thread. The work must not throw.
    void enqueue(std::function<void()> work);

    // For queued work alone: the team, and at least `bytes` of memory whose content may change with each call.
    ThreadTeam& team();
    std::byte* arena(int64_t bytes);

private:
    // Shared with the worker, which outlives the Device when the last reference to it ends in queued work.
    struct Core;

    Device(Isa isa, int threads, std::string note);

    Isa isa_;
    int threads_;
    std::string note_;
    std::shared_ptr<Core> core_;
    std::thread worker_;
};

}  // namespace lgv
