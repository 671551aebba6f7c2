#include "access.h"

#include <algorithm>

#include "machine.h"

extern "C" {
extern char __executable_start, end;  // the linker's: the program's own code and variables
}

namespace simt {

namespace {

const char* verb(Access how) { return how == Access::read ? "read" : how == Access::write ? "write" : "atomic access"; }

// Memory that is neither shared nor device memory: the thread's own stack, constants of the program, or a mistake.
bool check_other(const std::byte* p, size_t bytes, Access how, Place place, bool primitive) {
    const Thread& me = self();
    if (p >= me.stack_low && p < me.stack_high) return true;
    const bool of_program = p >= reinterpret_cast<std::byte*>(&__executable_start) && p < reinterpret_cast<std::byte*>(&end);
    if (of_program || !primitive || machine.heap.is_pinned(p, bytes)) return true;
    for (const Thread& other : machine.block.threads) {
        if (p >= other.stack_low && p < other.stack_high) {
            fail(Kind::bad_pointer, place, verb(how), " of a variable of thread ", other.number, "'s own");
            return false;
        }
    }
    fail(machine.heap.find(p + bytes) != nullptr ? Kind::out_of_bounds_global : Kind::bad_pointer, place, verb(how), " of ", bytes, " bytes at ", machine.heap.describe(p));
    return false;
}

}  // namespace

bool check_access(const void* address, size_t bytes, Access how, Place place, AccessRules rules) {
    const auto* p = static_cast<const std::byte*>(address);
    const bool shared = machine.window.contains(p);
    Allocation* allocation = shared ? nullptr : machine.heap.find(p);
    if (!shared && allocation == nullptr) return check_other(p, bytes, how, place, rules.primitive);

    const bool whole = (bytes & (bytes - 1)) == 0;
    if (rules.aligned && whole && (reinterpret_cast<uintptr_t>(p) & (std::min<size_t>(bytes, 16) - 1)) != 0) {
        fail(Kind::misaligned, place, verb(how), " of ", bytes, " bytes at offset ", shared ? int64_t(machine.window.offset_of(p)) : int64_t(p - allocation->base), " of ",
             shared ? "shared memory" : "a buffer");
        return false;
    }
    const bool check = machine.config.check && rules.shadow, count = machine.config.count && rules.shadow;
    const uint32_t site = check || count ? machine.sites.number_of(place) : 0;
    if (shared) {
        const uint32_t offset = machine.window.offset_of(p);
        if (!machine.window.inside_a_variable(offset, bytes)) {
            fail(Kind::out_of_bounds_shared, place, verb(how), " of ", bytes, " bytes at offset ", offset, " of shared memory, outside of every variable there");
            return false;
        }
        if (count) machine.counters.access(p, bytes, how, true, site);
        if (check) machine.shared_shadow.access(offset, bytes, how, site);
        return true;
    }
    if (!allocation->live || !allocation->contains(p, bytes)) {
        fail(Kind::out_of_bounds_global, place, verb(how), " of ", bytes, " bytes at ", machine.heap.describe(p));
        return false;
    }
    if (count) machine.counters.access(p, bytes, how, false, site);
    if (check) allocation->shadow.access(allocation->base, size_t(p - allocation->base), bytes, how, site);
    return true;
}

bool access(const void* address, size_t bytes, Access how, Place place) { return check_access(address, bytes, how, place, {}); }

bool shared_access(uint32_t address, size_t bytes, Access how, Place place) {
    const std::byte* p = machine.window.at(address);
    if (!machine.window.contains(p)) {
        fail(Kind::out_of_bounds_shared, place, verb(how), " of ", bytes, " bytes at the shared address ", address, ", where no shared memory is");
        return false;
    }
    return check_access(p, bytes, how, place, {});
}

void* atomic_pointer(void* address, size_t bytes, Place place) {
    yield();
    return access(address, bytes, Access::atomic, place) ? address : nullptr;
}

}  // namespace simt
