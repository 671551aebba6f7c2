#include "findings.h"

#include <cstdio>
#include <sstream>
#include <utility>

#include "machine.h"

namespace simt {

const char* name_of(Kind kind) {
    switch (kind) {
        case Kind::race: return "race";
        case Kind::uninitialised: return "uninitialised";
        case Kind::async_in_flight: return "async-in-flight";
        case Kind::missing_proxy_fence: return "missing-proxy-fence";
        case Kind::out_of_bounds_global: return "out-of-bounds-global";
        case Kind::out_of_bounds_shared: return "out-of-bounds-shared";
        case Kind::out_of_bounds_array: return "out-of-bounds-array";
        case Kind::misaligned: return "misaligned";
        case Kind::bad_pointer: return "bad-pointer";
        case Kind::bad_free: return "bad-free";
        case Kind::stack_overflow: return "stack-overflow";
        case Kind::divergent_barrier: return "divergent-barrier";
        case Kind::barrier_arguments: return "barrier-arguments";
        case Kind::divergent_warp: return "divergent-warp";
        case Kind::warp_mask: return "warp-mask";
        case Kind::inactive_lane: return "inactive-lane";
        case Kind::deadlock: return "deadlock";
        case Kind::exited_while_waiting: return "exited-while-waiting";
        case Kind::async_at_exit: return "async-at-exit";
        case Kind::copy_arguments: return "copy-arguments";
        case Kind::mbarrier_uninitialised: return "mbarrier-uninitialised";
        case Kind::mbarrier_clobbered: return "mbarrier-clobbered";
        case Kind::mbarrier_arguments: return "mbarrier-arguments";
        case Kind::mbarrier_overflow: return "mbarrier-overflow";
        case Kind::wgmma_fence: return "wgmma-fence";
        case Kind::wgmma_uniform: return "wgmma-uniform";
        case Kind::wgmma_descriptor: return "wgmma-descriptor";
        case Kind::wgmma_accumulator: return "wgmma-accumulator";
        case Kind::wgmma_uncommitted: return "wgmma-uncommitted";
        case Kind::launch_configuration: return "launch-configuration";
        case Kind::unsupported: return "unsupported";
    }
    return "?";
}

std::string Finding::text() const {
    std::ostringstream out;
    out << name_of(kind) << ": " << sentence << " [" << kernel;
    if (!file.empty()) out << " " << file << ":" << line;
    if (thread >= 0) out << " block (" << block.x << "," << block.y << "," << block.z << ") thread " << thread;
    out << ", SIMT_SEED=" << seed << " SIMT_ASYNC=" << int(copies) << "]";
    return out.str();
}

std::string hex(uint32_t mask) {
    char text[16];
    std::snprintf(text, sizeof text, "%08x", mask);
    return text;
}

void Findings::add(Kind kind, Place place, std::string sentence) {
    Finding finding{.kind = kind, .kernel = machine.kernel, .sentence = std::move(sentence), .seed = machine.config.seed, .copies = machine.config.copies};
    if (place.at != nullptr) {
        const SourceLine& source = machine.sites.line_of(place);
        finding.file = source.file;
        finding.line = source.line;
    }
    if (in_kernel()) {
        finding.block = running.block_index;
        finding.thread = int(self().number);
    }
    if (!told_.emplace(kind, finding.file, finding.line).second) return;
    all_.push_back(std::move(finding));
}

std::vector<Finding> Findings::take() {
    told_.clear();
    return std::exchange(all_, {});
}

void tell(Kind kind, Place place, std::string sentence) { machine.findings.add(kind, place, std::move(sentence)); }

}  // namespace simt
