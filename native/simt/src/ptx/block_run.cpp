#include "ptx/block_run.h"

#include <algorithm>
#include <cstring>
#include <sstream>

#include "base/error.h"
#include "machine.h"

namespace simt::ptx {

void finish_barrier(Step& s);  // control.cpp

void Step::as(int lane) const { running.thread = &machine.block.threads[size_t(thread(lane))]; }

void Step::end(Kind kind, const std::string& sentence) const {
    fail(kind, i.place, sentence);
    abandon_block();
}

namespace {

// A block that takes longer than this does not end: about half a minute.
constexpr uint64_t most_instructions = 500'000'000;
constexpr int most_vain_rounds = 64;
constexpr uint64_t longest_turn = 200;

uint32_t lanes_at(const Warp& warp, uint32_t among, uint32_t at) {
    uint32_t lanes = 0;
    for (uint32_t rest = among; rest != 0; rest &= rest - 1) {
        const int l = std::countr_zero(rest);
        lanes |= uint32_t(warp.at[size_t(l)] == at) << l;
    }
    return lanes;
}

uint32_t lowest(const Warp& warp, uint32_t among) {
    uint32_t at = ~0u;
    for (uint32_t rest = among; rest != 0; rest &= rest - 1) at = std::min(at, warp.at[size_t(std::countr_zero(rest))]);
    return at;
}

uint64_t special(Special which, const Thread& thread, int warp) {
    const auto lane = uint32_t(thread.lane);
    switch (which) {
        case Special::tid_x: return thread.index.x;
        case Special::tid_y: return thread.index.y;
        case Special::tid_z: return thread.index.z;
        case Special::ntid_x: return running.block.x;
        case Special::ntid_y: return running.block.y;
        case Special::ntid_z: return running.block.z;
        case Special::ctaid_x: return running.block_index.x;
        case Special::ctaid_y: return running.block_index.y;
        case Special::ctaid_z: return running.block_index.z;
        case Special::nctaid_x: return running.grid.x;
        case Special::nctaid_y: return running.grid.y;
        case Special::nctaid_z: return running.grid.z;
        case Special::laneid: return lane;
        case Special::warpid: return uint64_t(warp);
        case Special::lanemask_eq: return 1u << lane;
        case Special::lanemask_lt: return (1u << lane) - 1;
        case Special::lanemask_le: return (2u << lane) - 1;
        case Special::lanemask_gt: return ~((2u << lane) - 1);
        case Special::lanemask_ge: return ~((1u << lane) - 1);
        case Special::clock: return 0;
    }
    return 0;
}

}  // namespace

void BlockRun::begin() {
    const Block& block = machine.block;
    shared_.clear();
    running.thread = &machine.block.threads[0];
    for (const SharedVariable& v : kernel_.shared) {
        void* at = machine.window.variable(&v, v.size, v.align, v.name.c_str());
        if (at == nullptr) {
            fail(Kind::launch_configuration, Place{}, "no room for the ", v.size, " bytes of shared memory of ", v.name);
            abandon_block();
        }
        shared_.push_back(machine.window.address_of(at));
    }
    local_.assign(size_t(block.count()) * kernel_.local_bytes + 16, std::byte{0xff});
    const int count = (block.count() + warp_lanes - 1) / warp_lanes;
    warps_.assign(size_t(count), {});
    polled_at_.assign(size_t(count), 0);
    accumulators_.assign(size_t(count + 3) / 4, {});
    for (int w = 0; w < count; ++w) {
        Warp& warp = warps_[size_t(w)];
        warp.number = w;
        warp.size = std::min(warp_lanes, block.count() - w * warp_lanes);
        warp.live = warp.all();
        warp.rows.resize(kernel_.rows.size());
        for (size_t r = 0; r < warp.rows.size(); ++r) fill(warp, kernel_.rows[r], warp.rows[r]);
    }
}

void BlockRun::fill(Warp& warp, const Fill& fill, Row& row) const {
    const uint64_t unwritten = fill.bits == 64 ? ~0ull : (1ull << fill.bits) - 1;  // NaN, and a predicate that is true
    const std::byte* local = local_.data() + (16 - reinterpret_cast<uintptr_t>(local_.data()) % 16) % 16;
    for (int l = 0; l < warp_lanes; ++l) {
        const int thread = warp.number * warp_lanes + l;
        uint64_t& v = row[size_t(l)];
        switch (fill.kind) {
            case Fill::Kind::registers: v = unwritten; break;
            case Fill::Kind::immediate:
            case Fill::Kind::memory:
            case Fill::Kind::parameter: v = fill.value; break;
            case Fill::Kind::special: v = special(Special(fill.value), machine.block.threads[size_t(std::min(thread, machine.block.count() - 1))], warp.number); break;
            case Fill::Kind::shared: v = shared_[fill.value]; break;
            case Fill::Kind::dynamic: v = machine.window.dynamic_address(); break;
            case Fill::Kind::local: v = reinterpret_cast<uintptr_t>(local) + uint64_t(thread) * kernel_.local_bytes + fill.value; break;
        }
    }
}

bool BlockRun::owns(const void* p, size_t bytes) const {
    const auto* at = static_cast<const std::byte*>(p);
    const auto inside = [&](const std::byte* from, size_t size) { return at >= from && at + bytes <= from + size; };
    if (inside(parameters_, kernel_.parameter_bytes) || inside(local_.data(), local_.size())) return true;
    if (module_ == nullptr) return false;
    for (const auto& memory : module_->memory) if (inside(memory.data(), memory.size())) return true;
    return false;
}

bool BlockRun::runnable(const Warp& warp) const {
    const uint32_t candidates = warp.live & ~warp.waiting & ~warp.blocked;
    return (candidates & ~warp.polled) != 0 || (candidates != 0 && polled_at_[size_t(warp.number)] != progress_);
}

// Lanes that a barrier let go leave their instruction.
void BlockRun::release_blocked(Warp& warp) {
    if (warp.blocked == 0 || warp.at_warpgroup) return;
    uint32_t free = 0;
    for (uint32_t rest = warp.blocked; rest != 0; rest &= rest - 1) {
        const int l = std::countr_zero(rest);
        free |= uint32_t(machine.block.threads[size_t(warp.number * warp_lanes + l)].state == Thread::State::ready) << l;
    }
    while (free != 0) {
        const uint32_t at = lowest(warp, free), lanes = lanes_at(warp, free, at);
        Step s{*this, warp, lanes, kernel_.code[at]};
        finish_barrier(s);
        s.each([&](int l) { ++warp.at[size_t(l)]; });
        warp.blocked &= ~lanes;
        free &= ~lanes;
        moved_on();
    }
}

bool BlockRun::warpgroup_meets(Step& s) {
    s.warp.blocked = s.lanes;
    s.warp.at_warpgroup = true;
    const int first = s.warp.number / 4 * 4;
    for (int w = first; w < first + 4; ++w) {
        s.as(0);
        if (w >= warps() || warp(w).live != ~0u) s.end(Kind::inactive_lane, s.i.opcode + " is for all 128 threads of a warpgroup, and a thread of warp " + std::to_string(w) + " is not there");
        if (!warp(w).at_warpgroup) return false;
        const Instruction& there = kernel_.code[warp(w).at[0]];
        if (warp(w).at[0] != s.warp.at[0])
            s.end(Kind::divergent_warp, s.i.text.substr(0, 40) + " is reached while warp " + std::to_string(w) + " of the warpgroup is at " + there.text.substr(0, 40));
    }
    return true;
}

void BlockRun::leave_warpgroup(int group) {
    for (int w = group * 4; w < group * 4 + 4; ++w) {
        warp(w).blocked = 0;
        warp(w).at_warpgroup = false;
        for (uint32_t& at : warp(w).at) ++at;
    }
    moved_on();
}

// Of the lanes that are at an instruction which needs others: those for which the others are here. Ends the block where they will never come.
uint32_t BlockRun::ready_lanes(Warp& warp, const Instruction& i, uint32_t lanes) const {
    Step s{const_cast<BlockRun&>(*this), warp, lanes, i};
    const auto must_live = [&](uint32_t wanted) {
        if ((wanted & ~warp.live) == 0) return;
        s.as(s.first());
        s.end(Kind::inactive_lane, lgv::text(i.text.substr(0, 80), " needs lanes ", hex(wanted), " of the warp, of which ", hex(wanted & ~warp.live), " have returned or do not exist"));
    };
    if (i.together == Instruction::Together::everybody) {
        // Those who returned are missed at the barrier itself, and told of there.
        const bool barrier = i.opcode == "bar" || i.opcode == "barrier";
        if (!barrier) must_live(~0u);
        return (warp.live & ~lanes) == 0 ? lanes : 0;
    }
    for (uint32_t rest = lanes; rest != 0;) {
        const int first = std::countr_zero(rest);
        const auto mask = uint32_t(warp.rows[size_t(i.member_mask)][size_t(first)]);
        uint32_t same = 0;
        for (uint32_t r = rest; r != 0; r &= r - 1) {
            const int l = std::countr_zero(r);
            same |= uint32_t(uint32_t(warp.rows[size_t(i.member_mask)][size_t(l)]) == mask) << l;
        }
        if ((same & ~mask) != 0) {
            s.as(std::countr_zero(same & ~mask));
            s.end(Kind::warp_mask, lgv::text(i.text.substr(0, 80), ": lanes ", hex(same & ~mask), " are not in their own mask ", hex(mask)));
        }
        must_live(mask);
        if (same == mask) return same;
        rest &= ~same;
    }
    return 0;
}

Flow BlockRun::execute(Warp& warp) {
    const uint32_t candidates = warp.live & ~warp.waiting & ~warp.blocked;
    const uint32_t fresh = candidates & ~warp.polled;
    const uint32_t at = lowest(warp, fresh != 0 ? fresh : candidates);
    const uint32_t group = lanes_at(warp, candidates | warp.waiting, at);
    const Instruction& i = kernel_.code[at];
    uint32_t lanes = group;
    if (i.guard >= 0) {
        lanes = 0;
        const Row& guard = warp.rows[size_t(i.guard)];
        for (int l = 0; l < warp_lanes; ++l) lanes |= uint32_t((guard[size_t(l)] != 0) != i.guard_negated) << l;
        lanes &= group;
        for (uint32_t rest = group & ~lanes; rest != 0; rest &= rest - 1) ++warp.at[size_t(std::countr_zero(rest))];
        if (lanes == 0) return Flow::next;
    }
    warp.polled &= ~lanes;
    if (i.together != Instruction::Together::nobody) {
        const uint32_t ready = ready_lanes(warp, i, lanes);
        warp.waiting = (warp.waiting | lanes) & ~ready;
        if (ready == 0) return Flow::next;
        lanes = ready;
        warp.waiting &= ~lanes_at(warp, warp.waiting, at);  // of other masks: they look again
    }
    Step s{*this, warp, lanes, i};
    if (i.run == nullptr) {
        s.as(s.first());
        s.end(Kind::unsupported, "the PTX interpreter does not know " + i.text);
    }
    const Flow flow = i.run(s);
    if (flow == Flow::next || flow == Flow::polls) s.each([&](int l) { ++warp.at[size_t(l)]; });
    return flow;
}

void BlockRun::turn(Warp& warp, uint64_t instructions) {
    if (polled_at_[size_t(warp.number)] != progress_) warp.polled = 0;
    for (; instructions > 0; --instructions) {
        const uint32_t candidates = warp.live & ~warp.waiting & ~warp.blocked;
        if (candidates == 0) break;
        ++executed_;
        const Flow flow = execute(warp);
        if (flow == Flow::waits) break;
        if (flow == Flow::polls && (warp.live & ~warp.waiting & ~warp.blocked & ~warp.polled) == 0) break;
    }
    if (warp.polled != 0) polled_at_[size_t(warp.number)] = progress_;
    if (executed_ > most_instructions) {
        running.thread = &machine.block.threads[0];
        fail(Kind::deadlock, Place{}, "the block does not come to an end: ", executed_, " instructions so far; ", where_warps_are());
        abandon_block();
    }
}

void BlockRun::run() {
    begin();
    std::vector<int> ready;
    for (size_t in_order = 0;; ++in_order) {
        ready.clear();
        bool any = false;
        for (Warp& warp : warps_) {
            release_blocked(warp);
            any |= warp.live != 0;
            // Lanes that wait for others, none of which can come any more, from whatever another warp does.
            if (warp.waiting != 0 && (warp.live & ~warp.waiting) == 0) stuck();
            if (runnable(warp)) ready.push_back(warp.number);
        }
        if (!any) break;
        if (ready.empty()) {
            const uint64_t before = progress_;
            if (perform_copy()) {
                moved_on();
                continue;
            }
            bool polls = false;
            for (Warp& warp : warps_) polls |= (warp.polled & warp.live & ~warp.waiting & ~warp.blocked) != 0, warp.polled = 0;
            if (!polls || ++vain_rounds_ > most_vain_rounds) stuck();
            progress_ = before;
            continue;
        }
        if (machine.config.copies == Copies::random && machine.random.one_in(16) && perform_copy()) moved_on();
        const bool by_chance = machine.config.seed != 0;
        Warp& warp = warps_[size_t(ready[by_chance ? machine.random.below(ready.size()) : in_order % ready.size()])];
        const uint64_t before = progress_;
        turn(warp, by_chance ? 1 + machine.random.below(longest_turn) : longest_turn);
        if (progress_ != before) vain_rounds_ = 0;
    }
    running.thread = nullptr;
}

std::string BlockRun::where_warps_are() const {
    std::ostringstream out;
    int told = 0;
    for (const Warp& warp : warps_) {
        for (uint32_t rest = warp.live; rest != 0 && told < 8;) {
            const uint32_t at = lowest(warp, rest), lanes = lanes_at(warp, rest, at);
            const Instruction& i = kernel_.code[at];
            out << (told++ != 0 ? "; " : "") << "warp " << warp.number << (lanes == warp.all() ? "" : " lanes " + hex(lanes)) << " at " << i.text.substr(0, 40) << " ("
                << machine.sites.line_of(i.place).text << ")";
            rest &= ~lanes;
        }
    }
    return out.str();
}

// Nothing can run any more: says why, and ends the block.
void BlockRun::stuck() {
    for (const Warp& warp : warps_) {
        if (warp.waiting == 0) continue;
        const uint32_t at = lowest(warp, warp.waiting), lanes = lanes_at(warp, warp.waiting, at);
        const Instruction& i = kernel_.code[at];
        running.thread = &machine.block.threads[size_t(warp.number * warp_lanes + std::countr_zero(lanes))];
        const bool masked = i.together == Instruction::Together::masked;
        fail(masked ? Kind::divergent_warp : Kind::divergent_barrier, i.place, i.text.substr(0, 80), " is reached by lanes ", hex(lanes), " of a warp only: ", where_warps_are());
        abandon_block();
    }
    Place place;
    for (const Warp& warp : warps_) {
        if (warp.live == 0) continue;
        const int lane = std::countr_zero(warp.live);
        running.thread = &machine.block.threads[size_t(warp.number * warp_lanes + lane)];
        place = kernel_.code[warp.at[size_t(lane)]].place;
        break;
    }
    fail(machine.block.done > 0 ? Kind::exited_while_waiting : Kind::deadlock, place, "no warp can run: ", where_warps_are());
    abandon_block();
}

}  // namespace simt::ptx
