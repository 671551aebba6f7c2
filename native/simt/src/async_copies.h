// cp.async and bulk copies. Their destination is NaN from issue on; the copy itself happens when somebody waits for it (Copies::late), at once, or at random.
#pragma once

#include <vector>

#include "block.h"

namespace simt {

struct BulkCopy {
    bool store, live;
    uint32_t shared;  // address
    std::byte* global;
    uint32_t bytes;
    int mbarrier;     // of a load
    uint32_t site;
    int thread;
};

class BulkCopies {
public:
    void begin_block() { all_.clear(), live_loads_.clear(); }
    void end_block();
    size_t add(const BulkCopy& copy);
    void perform(size_t number);
    bool perform_any();  // any order between loads is legal

private:
    std::vector<BulkCopy> all_;
    std::vector<size_t> live_loads_;
};

// Waits as the instructions do, without giving others a chance to run in between; the words of calls.h do both.
void wait_for_copies(Thread& thread, int groups);
void wait_for_stores(Thread& thread, int groups);
// Tells of what was never waited for.
void copies_at_exit(const Thread& thread);

}  // namespace simt
