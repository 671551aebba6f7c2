#include "session/device.h"

#include <dlfcn.h>

#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <mutex>

#include "base/error.h"
#include "device/memory.h"
#include "io/json.h"

namespace lgv {

namespace {

constexpr int32_t most_threads = 1024;

std::string why_cpu(const std::string& name) {
    if (name != "auto") return "";
    void* driver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
    if (driver == nullptr) return "no CUDA driver found";
    dlclose(driver);
    return "this version computes on the CPU only";
}

}  // namespace

struct Device::Core {
    explicit Core(int threads) : team(threads) {}

    ThreadTeam team;
    Memory arena;
    std::mutex mutex;
    std::condition_variable wake;
    std::deque<std::function<void()>> queue;
    bool stop = false;

    void work() {
        std::unique_lock lock(mutex);
        for (;;) {
            wake.wait(lock, [&] { return stop || !queue.empty(); });
            if (queue.empty()) return;
            {
                const std::function<void()> next = std::move(queue.front());
                queue.pop_front();
                lock.unlock();
                next();
            }  // what the work held on to may end here, the Device among it: not under the lock
            lock.lock();
        }
    }
};

std::shared_ptr<Device> Device::open(const std::string& name, int32_t threads) {
    expect(name == "cpu" || name == "auto" || name.starts_with("cuda"), Code::argument, "device \"", name, "\": there are cpu and auto");
    expect(!name.starts_with("cuda"), Code::no_device, "no CUDA device: this version computes on the CPU only. Use --device cpu");
    expect(threads >= 0 && threads <= most_threads, Code::argument, "threads: ", threads, ", wanted 1 to ", most_threads,
           ", or 0 for as many as this process may use");
    const char* wish = std::getenv("LANGEVIN_ISA");
    const Isa isa = choose_isa(wish == nullptr ? "" : wish);
    return std::shared_ptr<Device>(new Device(isa, threads == 0 ? available_threads() : threads, why_cpu(name)));
}

Device::Device(Isa isa, int threads, std::string note)
    : isa_(isa), threads_(threads), note_(std::move(note)), core_(std::make_shared<Core>(threads)), worker_([core = core_] { core->work(); }) {}

Device::~Device() {
    {
        const std::lock_guard lock(core_->mutex);
        core_->stop = true;
    }
    core_->wake.notify_one();
    if (worker_.get_id() == std::this_thread::get_id()) {
        worker_.detach();  // this is the worker, at the end of its last work
    } else {
        worker_.join();
    }
}

std::string Device::describe() const {
    JsonWriter out;
    out.open('{').key("device").value("cpu").key("processor").value(processor_name()).key("isa").value(name_of(isa_)).key("threads").value(threads_);
    if (!note_.empty()) out.key("note").value(note_);
    return out.close('}').text();
}

void Device::enqueue(std::function<void()> work) {
    {
        const std::lock_guard lock(core_->mutex);
        core_->queue.push_back(std::move(work));
    }
    core_->wake.notify_one();
}

ThreadTeam& Device::team() { return core_->team; }

std::byte* Device::arena(int64_t bytes) {
    if (core_->arena.bytes() < bytes) {
        core_->arena = Memory();  // let go of the old one first
        core_->arena = Memory(bytes);
    }
    return core_->arena.data();
}

}  // namespace lgv
