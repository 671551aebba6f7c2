#include "session/device.h"

#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <future>
#include <mutex>

#include "base/error.h"
#include "io/json.h"
#include "session/cpu_backend.h"

namespace lgv {

namespace {

constexpr int32_t most_threads = 1024;

std::unique_ptr<Backend> open_cpu(int32_t threads) {
    const char* wish = std::getenv("LANGEVIN_ISA");
    return std::make_unique<CpuBackend>(choose_isa(wish == nullptr ? "" : wish), threads == 0 ? available_threads() : threads);
}

// "cuda", "cuda:1", and either with "/float32" behind it.
std::unique_ptr<Backend> open_cuda(const std::string& name) {
    std::string rest = name;
    const bool exact = rest.ends_with("/float32");
    if (exact) rest.resize(rest.size() - std::string("/float32").size());
    const std::string digits = rest.starts_with("cuda:") ? rest.substr(5) : "";
    const bool numbered = !digits.empty() && digits.size() <= 3 && digits.find_first_not_of("0123456789") == std::string::npos;
    expect(rest == "cuda" || numbered, Code::argument, "device \"", name, "\": there are cpu, cuda, cuda:1 (and so on), cuda/float32 and auto");
    return open_cuda(numbered ? std::stoi(digits) : 0, exact ? Precision::f32 : Precision::bf16);
}

}  // namespace

struct Device::Core {
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
    expect(threads >= 0 && threads <= most_threads, Code::argument, "threads: ", threads, ", wanted 1 to ", most_threads,
           ", or 0 for as many as this process may use");
    if (name == "cpu") return std::shared_ptr<Device>(new Device(open_cpu(threads), ""));
    if (name != "auto") return std::shared_ptr<Device>(new Device(open_cuda(name), ""));
    const std::string why = why_not_cuda();
    return std::shared_ptr<Device>(why.empty() ? new Device(open_cuda("cuda"), "") : new Device(open_cpu(threads), why));
}

Device::Device(std::unique_ptr<Backend> backend, std::string note)
    : backend_(std::move(backend)), note_(std::move(note)), core_(std::make_shared<Core>()), worker_([core = core_, keep = backend_] { core->work(); }) {}

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
    out.open('{');
    backend_->describe(out);
    if (!note_.empty()) out.key("note").value(note_);
    return out.close('}').text();
}

void Device::run(const std::function<void()>& work) {
    if (worker_.get_id() == std::this_thread::get_id()) return work();  // somebody's deleter, which closes something of ours
    // The worker still holds it when the caller has been woken.
    const auto task = std::make_shared<std::packaged_task<void()>>([&work] { work(); });
    std::future<void> done = task->get_future();
    enqueue([task] { (*task)(); });
    done.get();
}

void Device::after_stream(uint64_t stream) {
    run(backend_->after_stream(stream));
}

void Device::before_stream(uint64_t stream) {
    Backend::Wait wait;
    run([&] { wait = backend_->before_stream(stream); });
    wait();
}

void Device::enqueue(std::function<void()> work) {
    {
        const std::lock_guard lock(core_->mutex);
        core_->queue.push_back(std::move(work));
    }
    core_->wake.notify_one();
}

}  // namespace lgv
