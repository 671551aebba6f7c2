#include "wgmma.h"

#include <algorithm>
#include <cstring>

#include "access.h"
#include "base/bf16.h"
#include "machine.h"

namespace simt {

namespace {

constexpr int rows = 64, depth = 16;
constexpr uint32_t in_flight = 0xFFC0DEADu;  // a NaN: what an accumulator reads as meanwhile

struct Descriptor {
    uint32_t start, leading, stride;
    int swizzle;  // as in the descriptor: 0 none, 1 128 bytes, 2 64, 3 32

    explicit Descriptor(uint64_t bits) : start(uint32_t(bits & 0x3FFF) << 4), leading(uint32_t(bits >> 16 & 0x3FFF) << 4), stride(uint32_t(bits >> 32 & 0x3FFF) << 4), swizzle(int(bits >> 62)) {}

    int width() const { return swizzle == 0 ? 16 : 256 >> swizzle; }
    // Of the 16-byte unit that holds element (mn, k).
    uint32_t unit(bool mn_major, int mn, int k) const {
        const auto w = uint32_t(width()), elements = w / 2, i = uint32_t(mn), j = uint32_t(k);
        if (!mn_major) return twist(start + i / 8 * stride + i % 8 * w + j / 8 * (swizzle == 0 ? leading : 16));
        if (swizzle == 0) return start + i / 8 * stride + j / 8 * leading + j % 8 * 16;
        return twist(start + i / elements * leading + j / 8 * stride + j % 8 * w + i % elements / 8 * 16);
    }

private:
    uint32_t twist(uint32_t address) const { return swizzle == 0 ? address : address ^ (address >> 7 & uint32_t(width() / 16 - 1)) << 4; }
};

// Every 16-byte unit of an operand: visit(address, mn, k) of its first element.
template <class Visit>
void each_unit(uint64_t bits, bool mn_major, int mn_count, Visit visit) {
    const Descriptor descriptor(bits);
    const int mn_step = mn_major ? 8 : 1, k_step = mn_major ? 1 : 8;
    for (int mn = 0; mn < mn_count; mn += mn_step) {
        for (int k = 0; k < depth; k += k_step) visit(descriptor.unit(mn_major, mn, k), mn, k);
    }
}

// The operand's number (mn, k) to out[mn * mn_stride + k * k_stride].
void read_operand(float* out, int mn_stride, int k_stride, uint64_t bits, bool mn_major, int mn_count) {
    each_unit(bits, mn_major, mn_count, [&](uint32_t address, int mn, int k) {
        lgv::bf16 unit[8];
        std::memcpy(unit, shared_pointer(address), sizeof unit);
        for (int i = 0; i < 8; ++i) out[(mn + (mn_major ? i : 0)) * mn_stride + (k + (mn_major ? 0 : i)) * k_stride] = to_float(unit[i]);
    });
}

__attribute__((target_clones("avx2", "default"))) void add_products(const float (&a)[rows][depth], const float (&b)[depth][256], int n, float* d) {
    for (int m = 0; m < rows; ++m) {
        float* row = d + m * n;
        for (int k = 0; k < depth; ++k) {
            for (int j = 0; j < n; ++j) row[j] += a[m][k] * b[k][j];
        }
    }
}

void multiply(const WgmmaOperands& operands, float* d) {
    float a[rows][depth], b[depth][256];
    if (operands.a_in_registers) {
        for (int m = 0; m < rows; ++m) {
            for (int k = 0; k < depth; ++k) a[m][k] = to_float(lgv::bf16{operands.a_registers[m][k]});
        }
    } else {
        read_operand(&a[0][0], depth, 1, operands.a, operands.transpose_a, rows);
    }
    const int n = operands.n;
    read_operand(&b[0][0], 1, 256, operands.b, operands.transpose_b, n);
    if (!operands.accumulate) std::fill_n(d, rows * n, 0.0f);
    add_products(a, b, n, d);
    if (machine.config.count) machine.counters.matrix(uint64_t(2) * rows * uint64_t(n) * depth);
}

int group_of_running() { return int(self().number) / warpgroup_threads; }

}  // namespace

void wgmma_place_a(WgmmaOperands& operands, int thread, const uint32_t* registers) {
    for (int i = 0; i < 4; ++i) {
        const int row = 16 * (thread / 32) + thread % 32 / 4 + (i & 1) * 8, column = thread % 4 * 2 + i / 2 * 8;
        operands.a_registers[row][column] = uint16_t(registers[i]);
        operands.a_registers[row][column + 1] = uint16_t(registers[i] >> 16);
    }
}

void Warpgroups::begin_block() {
    for (Group& group : groups_) group = {};
}

// Where the operands lie, that they are there and visible to the asynchronous proxy. From here to finish() they are being read.
void Warpgroups::check(const WgmmaOperands& operands, uint32_t site, Place place) {
    const auto check_operand = [&](uint64_t bits, bool mn_major, int mn_count) {
        const Descriptor descriptor(bits);
        const uint32_t pattern = descriptor.swizzle == 0 ? 0 : uint32_t(descriptor.width() / 16 - 1);
        if ((descriptor.start >> 7 & pattern) != 0) {
            fail(Kind::wgmma_descriptor, place, "an operand starts at shared address ", descriptor.start, ": with a swizzle of ", descriptor.width(), " bytes it starts at a multiple of ",
                 descriptor.width() * 8);
            abandon_block();
        }
        each_unit(bits, mn_major, mn_count, [&](uint32_t address, int, int) {
            const std::byte* p = machine.window.at(address);
            if (!machine.window.contains(p) ? !shared_access(address, 16, Access::read, place) : !check_access(p, 16, Access::read, place, {.shadow = false})) abandon_block();
            if (machine.config.check) machine.shared_shadow.begin_read(address - SharedWindow::base, 16, site, true);
        });
    };
    if (!operands.a_in_registers) check_operand(operands.a, operands.transpose_a, rows);
    check_operand(operands.b, operands.transpose_b, operands.n);
}

void Warpgroups::issue(int index, const WgmmaOperands& operands, float* const* d, Place place) {
    Group& group = groups_[index];
    const uint32_t site = machine.sites.number_of(place);
    if (!group.fenced) fail(Kind::wgmma_fence, place, "no wgmma_fence() since these registers were last written");
    check(operands, site, place);
    const float* name = d[0];
    const bool known = std::any_of(group.accumulators.begin(), group.accumulators.end(), [&](const Accumulator& a) { return a.name == name; });
    if (!known) {
        Accumulator fresh{.name = name, .n = operands.n, .numbers = std::vector<float>(size_t(rows * operands.n)), .d = {}};
        std::copy_n(d, warpgroup_threads, fresh.d);
        for (int t = 0; t < warpgroup_threads; ++t) {
            for (int i = 0; i < operands.n / 2; ++i) {
                const auto [row, column] = wgmma_element(t, i);
                fresh.numbers[size_t(row * operands.n + column)] = d[t][i];
                std::memcpy(&d[t][i], &in_flight, sizeof in_flight);
            }
        }
        group.accumulators.push_back(std::move(fresh));
    }
    group.operations.push_back({operands, name, site, place});
}

void Warpgroups::commit(int index) { groups_[index].ends.push_back(groups_[index].operations.size()); }

void Warpgroups::finish(Group& group, int index, const Operation& operation) {
    const WgmmaOperands& operands = operation.operands;
    for (Accumulator& accumulator : group.accumulators) {
        if (accumulator.name == operation.accumulator) multiply(operands, accumulator.numbers.data());
    }
    if (!machine.config.check) return;
    // Waiting speaks for the threads that do it: each warp has a reader of its own.
    const auto done = [&](uint64_t bits, bool mn_major, int mn_count) {
        each_unit(bits, mn_major, mn_count, [&](uint32_t address, int, int) {
            for (int warp = 0; warp < 4; ++warp) {
                const Moment when{machine.clocks.epoch(), group.clock, uint16_t(machine.clocks.wgmma_thread(4 * index + warp))};
                if (warp == 0) machine.shared_shadow.end_read(address - SharedWindow::base, 16, when, operation.site);
                else machine.shared_shadow.also_read(address - SharedWindow::base, 16, when, operation.site);
            }
        });
    };
    if (!operands.a_in_registers) done(operands.a, operands.transpose_a, rows);
    done(operands.b, operands.transpose_b, operands.n);
}

void Warpgroups::write_back(Group& group, Place place) {
    for (size_t i = 0; i < group.accumulators.size();) {
        Accumulator& accumulator = group.accumulators[i];
        const bool busy = std::any_of(group.operations.begin(), group.operations.end(), [&](const Operation& o) { return o.accumulator == accumulator.name; });
        if (busy) {
            ++i;
            continue;
        }
        bool touched = false;
        for (int t = 0; t < warpgroup_threads; ++t) {
            for (int j = 0; j < accumulator.n / 2; ++j) {
                float& number = accumulator.d[t][j];
                touched |= std::memcmp(&number, &in_flight, sizeof in_flight) != 0;
                const auto [row, column] = wgmma_element(t, j);
                number = accumulator.numbers[size_t(row * accumulator.n + column)];
            }
        }
        if (touched) fail(Kind::wgmma_accumulator, place, "registers of an accumulator were written while a wgmma on them was under way");
        group.accumulators.erase(group.accumulators.begin() + std::ptrdiff_t(i));
        group.fenced = false;
    }
}

void Warpgroups::wait(int index, int keep, Place place) {
    Group& group = groups_[index];
    if (!group.operations.empty() && (group.ends.empty() || group.ends.back() < group.operations.size())) {
        fail(Kind::wgmma_uncommitted, place, "wgmma_wait with ", group.operations.size() - (group.ends.empty() ? 0 : group.ends.back()), " wgmma that no wgmma_commit() covers");
    }
    if (group.ends.size() <= size_t(keep)) return;
    const size_t finished_groups = group.ends.size() - size_t(keep), finished = group.ends[finished_groups - 1];
    ++group.clock;
    for (size_t i = 0; i < finished; ++i) finish(group, index, group.operations[i]);
    group.operations.erase(group.operations.begin(), group.operations.begin() + std::ptrdiff_t(finished));
    group.ends.erase(group.ends.begin(), group.ends.begin() + std::ptrdiff_t(finished_groups));
    for (size_t& end : group.ends) end -= finished;
    if (machine.config.check) {
        for (int t = 0; t < warpgroup_threads; ++t) {
            machine.clocks.learn(index * warpgroup_threads + t, machine.clocks.wgmma_thread(4 * index + t / warp_lanes), group.clock);
        }
    }
    write_back(group, place);
}

void Warpgroups::run_now(int index, const WgmmaOperands& operands, float* d, Place place) {
    Group& group = groups_[index];
    const uint32_t site = machine.sites.number_of(place);
    check(operands, site, place);
    ++group.clock;
    group.accumulators.push_back({.name = d, .n = operands.n, .numbers = std::vector<float>(d, d + rows * operands.n), .d = {}});
    finish(group, index, {operands, d, site, place});
    std::copy(group.accumulators.back().numbers.begin(), group.accumulators.back().numbers.end(), d);
    group.accumulators.pop_back();
    if (!machine.config.check) return;
    for (int t = 0; t < warpgroup_threads; ++t) {
        machine.clocks.learn(index * warpgroup_threads + t, machine.clocks.wgmma_thread(4 * index + t / warp_lanes), group.clock);
    }
}

void Warpgroups::thread_ended(const Thread& thread) {
    const Group& group = groups_[thread.number / warpgroup_threads];
    if (!group.operations.empty()) fail(Kind::async_at_exit, group.operations.front().place, "a thread returned while a wgmma of its warpgroup was under way");
}

// ---- as fibers call it

namespace {

struct Wgmma {
    float* d;
    const WgmmaOperands* operands;
    const uint32_t* a_registers;
};

void issue_together(void** arguments, uint32_t, Place place) {
    WgmmaOperands operands = *static_cast<Wgmma*>(arguments[0])->operands;
    float* d[warpgroup_threads];
    for (int t = 0; t < warpgroup_threads; ++t) {
        const Wgmma& mine = *static_cast<Wgmma*>(arguments[t]);
        if (mine.operands->a != operands.a || mine.operands->b != operands.b || mine.operands->accumulate != operands.accumulate) {
            fail(Kind::wgmma_uniform, place, "descriptors or the accumulate flag differ between thread 0 and thread ", t, " of the warpgroup");
            abandon_block();
        }
        d[t] = mine.d;
        if (operands.a_in_registers) wgmma_place_a(operands, t, mine.a_registers);
    }
    machine.warpgroups.issue(group_of_running(), operands, d, place);
}

}  // namespace

void wgmma_m64k16_bf16(float* d, int n, const uint32_t* a_registers, uint64_t a, uint64_t b, bool accumulate, bool transpose_a, bool transpose_b, Place place) {
    WgmmaOperands operands;
    operands.n = n;
    operands.accumulate = accumulate;
    operands.a_in_registers = a_registers != nullptr;
    operands.transpose_a = transpose_a;
    operands.transpose_b = transpose_b;
    operands.a = a;
    operands.b = b;
    Wgmma mine{d, &operands, a_registers};
    warpgroup_meeting("wgmma_m64k16_bf16", &mine, issue_together, place);
}

void wgmma_fence(Place place) {
    warpgroup_meeting("wgmma_fence", nullptr, [](void**, uint32_t, Place) { machine.warpgroups.fence(group_of_running()); }, place);
}

void wgmma_commit(Place place) {
    warpgroup_meeting("wgmma_commit", nullptr, [](void**, uint32_t, Place) { machine.warpgroups.commit(group_of_running()); }, place);
}

void wgmma_wait(int groups, Place place) {
    warpgroup_meeting("wgmma_wait", &groups, [](void** arguments, uint32_t, Place at) { machine.warpgroups.wait(group_of_running(), *static_cast<int*>(arguments[0]), at); }, place);
}

}  // namespace simt
