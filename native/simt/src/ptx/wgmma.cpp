// wgmma.fence, .mma_async, .commit_group, .wait_group, by whole warpgroups on the queue that the fibers use too (simt's wgmma.h); setmaxnreg.
#include "ptx/accumulators.h"

#include <algorithm>
#include <bit>

#include "machine.h"
#include "ptx/block_run.h"

namespace simt::ptx {

namespace {

constexpr uint64_t in_flight = 0xffc0dead;  // a NaN

int group_of(const Step& s) { return s.warp.number / 4; }

struct Form16 {  // the operands of wgmma.mma_async, by their places
    const Operand &d, &a, &b, &accumulate;
};

bool uniform(Step& s, const Operand& operand) {
    const uint64_t first = s.value(operand, 0);
    for (int w = 0; w < 4; ++w) {
        for (const uint64_t v : s.block.warp(group_of(s) * 4 + w).rows[size_t(operand.row)]) if (v != first) return false;
    }
    return true;
}

// The tile whose numbers the registers of d hold, element for element, or a new one with what they hold now.
int tile_for(Step& s, const Operand& d, Accumulators& all) {
    const int n = int(d.parts.size()) * 2, group = group_of(s);
    const auto held = [&](int thread, int element) -> uint64_t { return s.block.warp(group * 4 + thread / 32).rows[size_t(d.parts[size_t(element)].row)][size_t(thread % 32)]; };
    const int found = Accumulators::tile_of(held(0, 0));
    bool whole = found >= 0 && all.tile(found).n == n, any = false;
    for (int thread = 0; thread < 128; ++thread) {
        for (int e = 0; e < n / 2; ++e) {
            const uint64_t v = held(thread, e);
            any |= Accumulators::tile_of(v) >= 0;
            whole = whole && Accumulators::tile_of(v) == found && Accumulators::element_of(v) == e && Accumulators::version_of(v) == (all.tile(found).version & 0x7ffff);
        }
    }
    if (whole) return found;
    if (any) fail(Kind::wgmma_accumulator, s.i.place, "an accumulator of ", s.i.text.substr(0, 60), " ... holds numbers of another one that is in flight, or in another order");
    const int fresh = all.open(n);
    if (fresh < 0) s.end(Kind::wgmma_accumulator, "more than 31 accumulators are in flight");
    for (int thread = 0; thread < 128; ++thread) {
        for (int e = 0; e < n / 2; ++e) all.tile(fresh).threads[size_t(thread)][e] = std::bit_cast<float>(uint32_t(held(thread, e)));
    }
    return fresh;
}

Flow multiply(Step& s) {
    if (!s.block.warpgroup_meets(s)) return Flow::waits;
    const auto& o = s.i.operands;
    const int group = group_of(s);
    Accumulators& all = s.block.accumulators(group);
    const bool a_in_registers = o[1].kind == Operand::Kind::vector;
    WgmmaOperands operands;
    operands.n = s.i.option;
    operands.a_in_registers = a_in_registers;
    operands.b = s.value(o[2], 0);
    operands.accumulate = (s.value(o[3], 0) != 0) != o[3].negated;
    size_t next = 6;  // behind the two signs
    if (!a_in_registers) operands.transpose_a = s.value(o[next++], 0) != 0;
    operands.transpose_b = s.value(o[next], 0) != 0;
    if (a_in_registers) {
        for (int thread = 0; thread < 128; ++thread) {
            uint32_t registers[4];
            for (size_t k = 0; k < 4; ++k) registers[k] = uint32_t(s.block.warp(group * 4 + thread / 32).rows[size_t(o[1].parts[k].row)][size_t(thread % 32)]);
            wgmma_place_a(operands, thread, registers);
        }
    } else {
        operands.a = s.value(o[1], 0);
    }
    s.as(0);
    if (!uniform(s, o[2]) || !uniform(s, o[3]) || (!a_in_registers && !uniform(s, o[1])))
        s.end(Kind::wgmma_uniform, "a descriptor or the predicate of wgmma differs between threads of the warpgroup");
    if (s.value(o[4], 0) != 1 || s.value(o[5], 0) != 1) s.end(Kind::unsupported, "wgmma that negates an operand: " + s.i.text.substr(0, 80));
    const int number = tile_for(s, o[0], all);
    machine.warpgroups.issue(group, operands, all.tile(number).threads.data(), s.i.place);
    all.issued(number);
    for (int thread = 0; thread < 128; ++thread) {
        for (size_t e = 0; e < o[0].parts.size(); ++e)
            s.block.warp(group * 4 + thread / 32).rows[size_t(o[0].parts[e].row)][size_t(thread % 32)] = Accumulators::mark(number, all.tile(number).version, int(e));
    }
    s.block.leave_warpgroup(group);
    return Flow::waits;
}

Flow fence(Step& s) {
    if (!s.block.warpgroup_meets(s)) return Flow::waits;
    s.as(0);
    machine.warpgroups.fence(group_of(s));
    s.block.leave_warpgroup(group_of(s));
    return Flow::waits;
}

Flow commit(Step& s) {
    if (!s.block.warpgroup_meets(s)) return Flow::waits;
    s.as(0);
    machine.warpgroups.commit(group_of(s));
    s.block.accumulators(group_of(s)).commit();
    s.block.leave_warpgroup(group_of(s));
    return Flow::waits;
}

Flow wait(Step& s) {
    if (!s.block.warpgroup_meets(s)) return Flow::waits;
    const int group = group_of(s), keep = int(s.value(s.i.operands[0], 0));
    Accumulators& all = s.block.accumulators(group);
    s.as(0);
    machine.warpgroups.wait(group, keep, s.i.place);
    const std::vector<int> done = all.complete(keep);
    for (int w = 0; w < 4 && !done.empty(); ++w) {
        for (Row& row : s.block.warp(group * 4 + w).rows) {
            for (int l = 0; l < warp_lanes; ++l) {
                uint64_t& v = row[size_t(l)];
                const int number = Accumulators::tile_of(v);
                if (number < 0 || std::find(done.begin(), done.end(), number) == done.end()) continue;
                const Accumulators::Tile& tile = all.tile(number);
                // A copy from before the last wgmma: what it holds is nowhere any more.
                const bool current = Accumulators::version_of(v) == (tile.version & 0x7ffff);
                v = current ? std::bit_cast<uint32_t>(tile.threads[size_t(w * 32 + l)][Accumulators::element_of(v)]) : in_flight;
            }
        }
    }
    for (const int number : done) all.close(number);
    s.block.leave_warpgroup(group);
    return Flow::waits;
}

Flow nothing(Step&) { return Flow::next; }

Handler decode_multiply(Instruction& i, Form& form) {
    // .mma_async.sync.aligned.m64nNk16.f32.bf16.bf16 {d}, a, b, accumulate, sign of a, sign of b, [transpose a,] transpose b
    if (!form.take("sync") || !form.take("aligned")) return nullptr;
    for (int n = 8; n <= 256; n += 8) {
        if (!form.take("m64n" + std::to_string(n) + "k16")) continue;
        i.option = n;
        break;
    }
    const auto& o = i.operands;
    if (i.option == 0 || !form.take("f32") || !form.take("bf16") || !form.take("bf16") || !form.done() || o.size() < 7) return nullptr;
    const bool a_in_registers = o[1].kind == Operand::Kind::vector;
    if (o[0].kind != Operand::Kind::vector || int(o[0].parts.size()) != i.option / 2 || o.size() != (a_in_registers ? 7u : 8u) || (a_in_registers && o[1].parts.size() != 4)) return nullptr;
    for (size_t k = 2; k < o.size(); ++k) if (o[k].kind != Operand::Kind::row) return nullptr;
    return multiply;
}

}  // namespace

uint64_t Accumulators::mark(int tile, uint32_t version, int element) {
    return uint64_t(tile + 1) << 59 | uint64_t(version & 0x7ffff) << 40 | uint64_t(element) << 32 | in_flight;
}

int Accumulators::tile_of(uint64_t value) {
    // 64-bit registers use the upper half too: a mark is a small tile number over this one NaN.
    return uint32_t(value) == in_flight ? int(value >> 59) - 1 : -1;
}

int Accumulators::open(int n) {
    for (int number = 0; number < most; ++number) {
        Tile& tile = tiles_[size_t(number)];
        if (tile.n != 0) continue;
        tile.n = n, tile.version = 0, tile.under_way = 0;
        tile.numbers.assign(size_t(64 * n), 0.f);
        for (int thread = 0; thread < 128; ++thread) tile.threads[size_t(thread)] = tile.numbers.data() + thread * (n / 2);
        return number;
    }
    return -1;
}

void Accumulators::commit() {
    groups_.push_back(uncommitted_);
    uncommitted_.clear();
}

std::vector<int> Accumulators::complete(int keep) {
    std::vector<int> done;
    while (int(groups_.size()) > keep) {
        for (const int tile : groups_.front()) if (--tiles_[size_t(tile)].under_way == 0) done.push_back(tile);
        groups_.erase(groups_.begin());
    }
    return done;
}

Handler decode_wgmma(Instruction& i, Form form) {
    if (i.opcode == "setmaxnreg") {
        const bool way = form.take_one({"inc", "dec"}) >= 0;
        return way && form.take("sync") && form.take("aligned") && form.take("u32") && form.done() && i.operands.size() == 1 ? nothing : nullptr;
    }
    i.together = Instruction::Together::everybody;
    const int what = form.take_one({"mma_async", "fence", "commit_group", "wait_group"});
    if (what == 0) return decode_multiply(i, form);
    if (what < 0 || !form.take("sync") || !form.take("aligned") || !form.done() || i.operands.size() != (what == 3 ? 1u : 0u)) return nullptr;
    return what == 1 ? fence : what == 2 ? commit : wait;
}

}  // namespace simt::ptx
