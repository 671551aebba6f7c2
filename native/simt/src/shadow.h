// What is known of every two bytes of shared and of global memory: whether anybody wrote them, who did last, who read them since, whether an asynchronous unit is at
// work on them. From this and the clocks: races, uninitialised reads, accesses to what is in flight, missing proxy fences.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "clocks.h"

namespace simt {

class SharedShadow {
public:
    static constexpr uint32_t granularity = 2;

    void begin_block();
    // Everything in bytes from the start of the arena.
    void access(uint32_t offset, size_t bytes, Access how, uint32_t site);
    // An asynchronous unit begins and ends to read or write. `proxy`: it is one of the async proxy (bulk copies, wgmma), cp.async is not.
    void begin_write(uint32_t offset, size_t bytes, uint32_t site);
    void begin_read(uint32_t offset, size_t bytes, uint32_t site, bool proxy);
    void end_write(uint32_t offset, size_t bytes, Moment when, uint32_t site, bool proxy);
    void end_read(uint32_t offset, size_t bytes, Moment when, uint32_t site);
    // One more unit has read what end_read() ended (the other warps of a warpgroup).
    void also_read(uint32_t offset, size_t bytes, Moment when, uint32_t site);

private:
    struct Cell {
        Moment write;
        uint32_t write_site = 0, read_epoch = 0, readers = 0;  // readers: head of a list
        bool written = false, by_atomic = false, by_proxy = false;
        bool read_by_units = false;  // some of the readers are asynchronous units
        uint8_t writes_in_flight = 0, reads_in_flight = 0;
    };
    struct Reader {
        uint32_t clock, site, next;
        uint16_t thread;
    };
    template <class Visit>
    void each(uint32_t offset, size_t bytes, Visit visit);
    void check_write(const Cell& cell, uint32_t index, bool atomic, uint32_t site) const;
    void add_reader(Cell& cell, Moment when, uint32_t site);
    void forget_readers(Cell& cell);
    void forget_ordered_readers(Cell& cell);
    void drop_forgotten();

    std::vector<Cell> cells_;
    std::vector<Reader> readers_;  // forgotten ones stay until there are so many of them that it is worth while to look for them
    size_t enough_readers_ = 0;
    size_t used_ = 0;  // cells from here on were not touched by this block
};

// Of one allocation. Also between blocks: those of one launch are not ordered at all.
class GlobalShadow {
public:
    static constexpr size_t granularity = 2;

    explicit GlobalShadow(size_t bytes = 0) : written_(bytes / granularity / 64 + 1), bytes_(bytes) {}
    void mark_written(size_t offset, size_t bytes);
    void copy_marks(size_t offset, const GlobalShadow& from, size_t from_offset, size_t bytes);
    bool written(size_t offset) const { return written_[offset / granularity / 64] >> (offset / granularity % 64) & 1; }
    void access(const std::byte* base, size_t offset, size_t bytes, Access how, uint32_t site);

private:
    // Writes and reads lie apart: what a kernel only reads has no pages of writes.
    struct Write {
        uint32_t block;  // number over all launches
        uint32_t site;
        Moment when;
        bool atomic;
    };
    struct Read {
        uint32_t block;
        uint32_t site;
        Moment when;
        bool by_many_blocks;
    };
    struct Free {
        void operator()(void* cells) const;
    };
    std::vector<uint64_t> written_;
    std::unique_ptr<Write[], Free> writes_;  // on first use
    std::unique_ptr<Read[], Free> reads_;
    size_t bytes_;
};

}  // namespace simt
