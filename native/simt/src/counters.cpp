#include "counters.h"

#include <algorithm>
#include <cstdio>
#include <sstream>
#include <utility>

#include "machine.h"

namespace simt {

namespace {

constexpr uint64_t sector = 32;

// Passes over the 32 banks of 4 bytes that lanes [from, to) take: the most different words that one bank is asked for.
template <class Entry>
int wavefronts(const Entry* entries, int count, int from, int to) {
    uint64_t words[32][32];
    int asked[32] = {}, most = 0;
    for (int i = 0; i < count; ++i) {
        const Entry& entry = entries[i];
        if (entry.lane < from || entry.lane >= to) continue;
        for (uint64_t word = entry.address / 4; word <= (entry.address + entry.bytes - 1) / 4; ++word) {
            const auto bank = size_t(word % 32);
            uint64_t* known = words[bank];
            if (std::find(known, known + asked[bank], word) != known + asked[bank] || asked[bank] == 32) continue;
            known[asked[bank]++] = word;
            most = std::max(most, asked[bank]);
        }
    }
    return most;
}

void mark(std::vector<uint64_t>& bits, const Allocation& allocation, uint64_t address, size_t bytes) {
    if (bits.empty()) bits.resize(size_t(allocation.high - allocation.low) / sector / 64 + 1);
    const auto low = reinterpret_cast<uint64_t>(allocation.low);
    for (uint64_t s = (address - low) / sector; s <= (address - low + bytes - 1) / sector; ++s) bits[s / 64] |= uint64_t(1) << (s % 64);
}

uint64_t take_marked(std::vector<uint64_t>& bits) {
    uint64_t marked = 0;
    for (const uint64_t word : bits) marked += uint64_t(__builtin_popcountll(word));
    bits.clear();
    return marked * sector;
}

}  // namespace

void Counters::begin_launch(const std::string& kernel) {
    kernel_ = &kernels_[kernel];
    ++kernel_->launches;
    for (const auto& allocation : machine.heap.all()) {
        allocation->sectors_read.clear();
        allocation->sectors_written.clear();
    }
}

void Counters::end_launch() {
    for (const auto& allocation : machine.heap.all()) {
        kernel_->bytes_read += take_marked(allocation->sectors_read);
        kernel_->bytes_written += take_marked(allocation->sectors_written);
    }
    kernel_ = nullptr;
}

void Counters::access(const void* address, size_t bytes, Access how, bool shared, uint32_t site) {
    const Thread& me = self();
    const uint64_t line = uint64_t(site) << 1 | uint64_t(shared);
    const uint32_t times = times_[line << 12 | me.number]++;
    log_.push_back({line << 40 | uint64_t(me.warp & 31) << 35 | times, reinterpret_cast<uint64_t>(address), uint8_t(me.lane), uint8_t(bytes), how, shared});
    if (shared) return;
    Allocation& allocation = *machine.heap.find(address);
    mark(how == Access::read ? allocation.sectors_read : allocation.sectors_written, allocation, reinterpret_cast<uint64_t>(address), bytes);
}

void Counters::bulk(const void* global, size_t bytes, bool write) {
    const auto address = reinterpret_cast<uint64_t>(global);
    kernel_->bulk_bytes += bytes;
    kernel_->bulk_sectors += (address + bytes - 1) / sector - address / sector + 1;
    Allocation& allocation = *machine.heap.find(global);
    mark(write ? allocation.sectors_written : allocation.sectors_read, allocation, address, bytes);
}

void Counters::matrix(uint64_t flops) {
    ++kernel_->matrix_instructions;
    kernel_->matrix_flops += flops;
}

// The lanes of one warp that were at a place for the same time.
void Counters::request(const Entry* entries, int count) {
    const Entry& first = entries[0];
    Line& line = kernel_->lines[uint32_t(first.request >> 40)];
    ++line.requests;
    line.lanes += uint64_t(count);
    line.how = first.how;
    line.bytes = first.bytes;
    for (int i = 0; i < count; ++i) line.useful += entries[i].bytes;
    if (first.shared) {
        // Wide accesses go by halves and quarters of the warp: 128 bytes at a time.
        const int lanes = first.bytes >= 16 ? 8 : first.bytes == 8 ? 16 : 32;
        for (int from = 0; from < warp_lanes; from += lanes) {
            const int passes = wavefronts(entries, count, from, from + lanes);
            line.units += uint64_t(passes);
            line.ideal += passes > 0;
        }
        return;
    }
    std::vector<uint64_t> sectors, addresses;
    uint64_t distinct_bytes = 0;
    for (int i = 0; i < count; ++i) {
        for (uint64_t s = entries[i].address / sector; s <= (entries[i].address + entries[i].bytes - 1) / sector; ++s) {
            if (std::find(sectors.begin(), sectors.end(), s) == sectors.end()) sectors.push_back(s);
        }
        if (std::find(addresses.begin(), addresses.end(), entries[i].address) == addresses.end()) {
            addresses.push_back(entries[i].address);
            distinct_bytes += entries[i].bytes;
        }
    }
    line.units += sectors.size();
    line.ideal += (distinct_bytes + sector - 1) / sector;
}

void Counters::end_block() {
    ++kernel_->blocks;
    kernel_->threads = uint64_t(machine.block.count());
    std::sort(log_.begin(), log_.end(), [](const Entry& a, const Entry& b) { return std::pair(a.request, a.lane) < std::pair(b.request, b.lane); });
    for (size_t i = 0; i < log_.size();) {
        size_t end = i;
        while (end < log_.size() && log_[end].request == log_[i].request) ++end;
        request(&log_[i], int(end - i));
        i = end;
    }
    log_.clear();
    times_.clear();
}

std::vector<KernelCounters> Counters::take() {
    std::vector<KernelCounters> result;
    for (const auto& [name, kernel] : kernels_) {
        KernelCounters counters{.kernel = name,
                                .launches = kernel.launches,
                                .blocks = kernel.blocks,
                                .threads = kernel.threads,
                                .matrix_instructions = kernel.matrix_instructions,
                                .matrix_flops = kernel.matrix_flops,
                                .sectors = kernel.bulk_sectors,
                                .useful_bytes = kernel.bulk_bytes,
                                .bytes_read = kernel.bytes_read,
                                .bytes_written = kernel.bytes_written};
        for (const auto& [key, line] : kernel.lines) {
            const SourceLine& source = machine.sites.line_of(machine.sites.place_of(key >> 1));
            const bool shared = (key & 1) != 0;
            counters.lines.push_back({source.file, source.line, source.text, shared, line.how == Access::read ? "read" : line.how == Access::write ? "write" : "atomic", line.bytes,
                                      line.requests, line.lanes, line.units, line.ideal});
            if (shared) {
                counters.wavefronts += line.units;
                counters.ideal_wavefronts += line.ideal;
            } else {
                counters.sectors += line.units;
                counters.useful_bytes += line.useful;
            }
        }
        std::sort(counters.lines.begin(), counters.lines.end(), [](const LineCounter& a, const LineCounter& b) {
            return a.shared != b.shared ? a.shared < b.shared : a.units != b.units ? a.units > b.units : a.place < b.place;
        });
        result.push_back(std::move(counters));
    }
    std::sort(result.begin(), result.end(), [](const KernelCounters& a, const KernelCounters& b) { return a.kernel < b.kernel; });
    kernels_.clear();
    return result;
}

const LineCounter* KernelCounters::at(int line, bool shared) const {
    for (const LineCounter& counter : lines) {
        if (counter.line == line && counter.shared == shared) return &counter;
    }
    return nullptr;
}

std::string report(const KernelCounters& c) {
    char text[400];
    std::string out;
    const auto print = [&](auto... arguments) {
        std::snprintf(text, sizeof text, arguments...);
        out += text;
    };
    print("%s: %llu launches, %llu blocks of %llu threads, %llu matrix instructions (%.3f MFLOP)\n", c.kernel.c_str(), (unsigned long long)c.launches, (unsigned long long)c.blocks,
          (unsigned long long)c.threads, (unsigned long long)c.matrix_instructions, double(c.matrix_flops) / 1e6);
    print("  %-48s %-6s %-6s %5s %9s %9s %10s %8s\n", "place", "memory", "access", "bytes", "requests", "lanes/rq", "units/rq", "excess");
    for (const LineCounter& l : c.lines) {
        print("  %-48s %-6s %-6s %5d %9llu %9.1f %10.2f %7.2fx\n", l.place.c_str(), l.shared ? "shared" : "global", l.access, l.bytes, (unsigned long long)l.requests, l.lanes_per_request(),
              l.units_per_request(), l.excess());
    }
    print("  L2: %.1f KB in sectors, %.1f KB of use; device memory: %.1f KB read, %.1f KB written; shared wavefronts: %llu, without conflicts %llu\n", double(c.sectors * sector) / 1e3,
          double(c.useful_bytes) / 1e3, double(c.bytes_read) / 1e3, double(c.bytes_written) / 1e3, (unsigned long long)c.wavefronts, (unsigned long long)c.ideal_wavefronts);
    return out;
}

}  // namespace simt
