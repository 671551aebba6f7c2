// Meetings of the lanes of a warp (shuffles, votes, __syncwarp, ldmatrix, mma.sync) and of the threads of a warpgroup (wgmma): the last one to come does it for all.
#pragma once

#include "block.h"

namespace simt {

class WarpMeetings {
public:
    void begin_block();
    void meet(const char* what, uint32_t mask, bool aligned, void* argument, Together together, Place place);
    void meet_warpgroup(const char* what, void* argument, Together together, Place place);
    // A thread returned: tells of lanes that wait for it.
    void thread_ended(const Thread& thread);

private:
    struct Meeting {
        uint32_t mask = 0, here = 0;
        const char* what = "";
        Place place;
        void* arguments[warp_lanes] = {};
    };
    static constexpr int open_meetings = 32;  // of a warp, with masks that have no lane in common

    Meeting& open(const Thread& thread, const char* what, uint32_t mask, bool aligned, Place place);

    Meeting meetings_[32][open_meetings];
    int in_use_[32] = {};  // no meeting at or behind this index is open
};

}  // namespace simt
