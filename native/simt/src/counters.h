// Counters without a GPU. Each lane logs (site, how often it was there, address); the lanes of a warp that were at a site equally often made one request.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "block.h"
#include "simt/emulator.h"

namespace simt {

struct Allocation;

class Counters {
public:
    void begin_launch(const std::string& kernel);
    void end_launch();
    void end_block();
    void access(const void* address, size_t bytes, Access how, bool shared, uint32_t site);
    void bulk(const void* global, size_t bytes, bool write);
    void matrix(uint64_t flops);
    std::vector<KernelCounters> take();

private:
    struct Entry {
        uint64_t request;  // site, warp and how often: equal for the lanes of one request
        uint64_t address;
        uint8_t lane, bytes;
        Access how;
        bool shared;
    };
    struct Line {
        uint64_t requests = 0, lanes = 0, useful = 0, units = 0, ideal = 0;
        Access how = Access::read;
        int bytes = 0;
    };
    struct Kernel {
        uint64_t launches = 0, blocks = 0, threads = 0, matrix_instructions = 0, matrix_flops = 0, sectors = 0, bulk_sectors = 0, bulk_bytes = 0;
        uint64_t bytes_read = 0, bytes_written = 0;
        std::unordered_map<uint32_t, Line> lines;  // by 2 site + shared
    };
    void request(const Entry* entries, int count);

    std::unordered_map<std::string, Kernel> kernels_;
    Kernel* kernel_ = nullptr;
    std::vector<Entry> log_;
    std::unordered_map<uint64_t, uint32_t> times_;
};

}  // namespace simt
