// The sixteen barriers of a block. 0 without a count is __syncthreads.
#pragma once

#include <vector>

#include "clocks.h"

namespace simt {

class Barriers {
public:
    void begin_block();

    // The running thread arrives. True: that was the last one, and those who waited are ready again. False: if it waits, its state says so now.
    // `aligned`: threads that meet at __syncthreads must do so at one place.
    bool arrive(int id, int threads, bool waits, Place place);

    void reduce(bool predicate);
    int reduced(Reduction reduction) const;

private:
    struct Barrier {
        int expected = 0;
        std::vector<int> waiting, arrived;
        Place place;
    };
    Barrier barriers_[16];
    int trues_ = 0, votes_ = 0;
    int last_trues_ = 0, last_votes_ = 0;
    Clocks::Row joined_;
};

}  // namespace simt
