// mbarriers: a phase completes when all arrivals and all announced bytes are there. The 8 bytes in shared memory hold a mark by which overwriting is noticed.
#pragma once

#include <vector>

#include "clocks.h"

namespace simt {

class Mbarriers {
public:
    void begin_block() { all_.clear(); }
    void end_block();

    void init(uint32_t address, uint32_t arrivals, Place place);
    void arrive(uint32_t address, int64_t announced_bytes, Place place);
    // Whether the phase of that parity is complete; if so, the running thread knows what it published. Never waits.
    bool poll(uint32_t address, uint32_t parity, Place place);
    void wait(uint32_t address, uint32_t parity, Place place);

    int find(uint32_t address, Place place);            // its number; abandons the block where there is none
    uint32_t next_phase(int number) const { return all_[size_t(number)].phase + 1; }
    void bytes_arrived(int number, uint32_t bytes);

private:
    struct Mbarrier {
        uint32_t address;
        uint32_t arrivals, pending;
        int64_t bytes = 0;        // announced and not yet there
        uint32_t phase = 0;       // how many are complete
        Clocks::Row released, published;
        Place place;
    };
    bool complete(const Mbarrier& barrier, uint32_t parity) const { return (barrier.phase & 1) != (parity & 1); }
    void advance(int number);

    std::vector<Mbarrier> all_;
};

}  // namespace simt
