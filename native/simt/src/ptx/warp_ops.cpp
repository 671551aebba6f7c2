// What the lanes of a warp do with one another: shfl vote match redux elect activemask, bar.warp.sync.
#include <algorithm>

#include "machine.h"
#include "ptx/block_run.h"

namespace simt::ptx {

namespace {

enum Way : int { up, down, butterfly, index };

// shfl.sync.WAY.b32 d[|p], a, b, c, mask: c holds the end of the segment and, from bit 8 on, the lane bits that all lanes of a segment share.
Flow shuffle(Step& s) {
    const Operand& d = s.i.operands[0];
    const Row a = s.in(1);
    const auto mask = uint32_t(s.in(4)[size_t(s.first())]);
    s.each([&](int l) {
        const int b = int(s.in(2)[size_t(l)] & 31), c = int(s.in(3)[size_t(l)]), segment = c >> 8 & 31, clamp = c & 31;
        const int last = (l & segment) | (clamp & ~segment), first = l & segment;
        int from = 0;
        bool inside = false;
        switch (s.i.option) {
            case up: from = l - b, inside = from >= last; break;
            case down: from = l + b, inside = from <= last; break;
            case butterfly: from = l ^ b, inside = from <= last; break;
            default: from = first | (b & ~segment), inside = from <= last; break;
        }
        if (!inside) from = l;
        uint64_t v = a[size_t(from)];
        if ((mask >> from & 1) == 0) {
            s.as(l);
            fail(Kind::inactive_lane, s.i.place, "shuffle: lane ", l, " reads from lane ", from, ", which is not in the mask ", hex(mask), ": the result is undefined");
            v = 0xffffffffu;
        }
        s.put(d, l, v);
        if (d.second >= 0) s.row(d.second)[size_t(l)] = inside;
    });
    return Flow::next;
}

enum Vote : int { ballot, any, all, uni };

Flow vote(Step& s) {  // vote.sync.MODE.type d, p, mask
    const Operand& p = s.i.operands[1];
    uint32_t yes = 0;
    s.each([&](int l) { yes |= uint32_t((s.value(p, l) != 0) != p.negated) << l; });
    const uint64_t result = s.i.option == ballot ? yes : s.i.option == any ? yes != 0 : s.i.option == all ? yes == s.lanes : yes == s.lanes || yes == 0;
    s.each([&](int l) { s.put(s.i.operands[0], l, result); });
    return Flow::next;
}

Flow match(Step& s) {  // match.any.sync.b32 d, a, mask
    const Row a = s.in(1);
    s.each([&](int l) {
        uint32_t same = 0;
        s.each([&](int other) { same |= uint32_t(a[size_t(other)] == a[size_t(l)]) << other; });
        s.put(s.i.operands[0], l, same);
    });
    return Flow::next;
}

enum Reduce : int { add, smallest, largest, both, either, differ };

Flow reduce(Step& s) {  // redux.sync.OP.type d, a, mask
    const Row a = s.in(1);
    uint64_t v = a[size_t(s.first())];
    s.each([&](int l) {
        if (l == s.first()) return;
        const auto x = uint32_t(v), y = uint32_t(a[size_t(l)]);
        const bool less = s.i.type == Type::s32 ? int32_t(y) < int32_t(x) : y < x;
        switch (s.i.option) {
            case add: v = uint32_t(x + y); break;
            case smallest: v = less ? y : x; break;
            case largest: v = less ? x : y; break;
            case both: v = x & y; break;
            case either: v = x | y; break;
            default: v = x ^ y; break;
        }
    });
    s.each([&](int l) { s.put(s.i.operands[0], l, v); });
    return Flow::next;
}

Flow elect(Step& s) {  // elect.sync d|p, mask: the lowest lane
    const int chosen = s.first();
    s.each([&](int l) {
        const Operand& d = s.i.operands[0];
        s.put(d, l, uint64_t(chosen));
        if (d.second >= 0) s.row(d.second)[size_t(l)] = l == chosen;
    });
    return Flow::next;
}

Flow active(Step& s) {
    s.each([&](int l) { s.put(s.i.operands[0], l, s.lanes); });
    return Flow::next;
}

Flow meet(Step& s) {  // bar.warp.sync: orders what its lanes did to memory
    if (!machine.config.check) return Flow::next;
    int threads[warp_lanes], count = 0;
    s.each([&](int l) { threads[count++] = s.thread(l); });
    s.as(s.first());
    machine.clocks.meet(std::span<const int>(threads, size_t(count)));
    return Flow::next;
}

Handler masked(Instruction& i, size_t operand, Handler handler) {
    if (i.operands.size() != operand + 1 || i.operands[operand].kind != Operand::Kind::row) return nullptr;
    i.together = Instruction::Together::masked;
    i.member_mask = i.operands[operand].row;
    return handler;
}

}  // namespace

Handler decode_warp(Instruction& i, Form form) {
    if (i.opcode == "activemask") return form.take("b32") && form.done() ? active : nullptr;
    if (i.opcode == "bar") return form.take("warp") && form.take("sync") && form.done() ? masked(i, 0, meet) : nullptr;
    if (i.opcode == "match") return form.take("any") && form.take("sync") && form.take("b32") && form.done() ? masked(i, 2, match) : nullptr;
    if (!form.take("sync")) return nullptr;
    if (i.opcode == "elect") return form.done() ? masked(i, 1, elect) : nullptr;
    if (i.opcode == "shfl") {
        i.option = form.take_one({"up", "down", "bfly", "idx"});
        return i.option >= 0 && form.take("b32") && form.done() ? masked(i, 4, shuffle) : nullptr;
    }
    if (i.opcode == "vote") {
        i.option = form.take_one({"ballot", "any", "all", "uni"});
        return i.option >= 0 && form.take(i.option == ballot ? "b32" : "pred") && form.done() ? masked(i, 2, vote) : nullptr;
    }
    i.option = form.take_one({"add", "min", "max", "and", "or", "xor"});
    i.type = form.take_type();
    return i.option >= 0 && bits_of(i.type) == 32 && form.done() ? masked(i, 2, reduce) : nullptr;
}

}  // namespace simt::ptx
