// Signals: a page that nobody may touch was touched, or a block does not come to an end. Inside a kernel that is a finding and the end of the block.
#pragma once

#include "block.h"

namespace simt {

void watch_for_faults();

// Runs `body` to its end (true), or until abandon_block() (false), within config().block_seconds of processor time.
bool run_until_abandoned(void (*body)());

// Where a thread can be stopped: tells of a block that has had its time.
extern volatile bool time_is_up;
void tell_time_is_up();
inline void check_time() {
    if (time_is_up) tell_time_is_up();
}

}  // namespace simt
