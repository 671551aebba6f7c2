#include "machine.h"

#include <cstdlib>

#include "base/error.h"
#include "ptx/interpreter.h"

namespace simt {

constinit thread_local Running running;
Machine& machine = *new Machine;

namespace {

int64_t from_environment(const char* name, int64_t otherwise) {
    const char* text = std::getenv(name);
    if (text == nullptr || *text == 0) return otherwise;
    char* end = nullptr;
    const int64_t number = std::strtoll(text, &end, 10);
    lgv::expect(*end == 0 && number >= 0, lgv::Code::argument, name, "=", text, ": a number of at least 0 is wanted");
    return number;
}

}  // namespace

Machine::Machine() {
    config.seed = uint64_t(from_environment("SIMT_SEED", int64_t(config.seed)));
    config.copies = Copies(from_environment("SIMT_ASYNC", int64_t(config.copies)) % 3);
    config.check = from_environment("SIMT_CHECK", config.check) != 0;
    config.count = from_environment("SIMT_COUNT", config.count) != 0;
    config.block_seconds = from_environment("SIMT_SECONDS", config.block_seconds);
    config.capability = int(from_environment("SIMT_CAPABILITY", config.capability));
    config.preempt = int(from_environment("SIMT_PREEMPT", config.preempt));
    interpreter = ptx::interpreter_from_environment();
}

Config& config() { return machine.config; }
const std::vector<Finding>& findings() { return machine.findings.all(); }
std::vector<Finding> take_findings() {
    const std::lock_guard lock(machine.mutex);
    return machine.findings.take();
}
std::vector<KernelCounters> take_counters() {
    const std::lock_guard lock(machine.mutex);
    return machine.counters.take();
}

bool found(Kind kind) {
    for (const Finding& finding : findings()) {
        if (finding.kind == kind) return true;
    }
    return false;
}

}  // namespace simt
