// The one check that every access goes through: where it lies, whether it is aligned and inside, who else is there; counted on the way.
#pragma once

#include "block.h"

namespace simt {

struct AccessRules {
    bool primitive = true;  // a raw access of the kernel's (false) may also be to memory of the host program, which is not ours to judge
    bool aligned = true;    // to its size
    bool shadow = true;     // races and the like are looked for, and it is counted
};
bool check_access(const void* address, size_t bytes, Access how, Place place, AccessRules rules);

}  // namespace simt
