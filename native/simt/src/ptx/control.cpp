// Branches, returning, and the barriers of the block.
#include "machine.h"
#include "ptx/block_run.h"

namespace simt::ptx {

namespace {

Flow branch(Step& s) {
    s.each([&](int l) { s.warp.at[size_t(l)] = uint32_t(s.i.targets[0]); });
    return Flow::moved;
}

Flow branch_by_index(Step& s) {  // brx.idx i, table
    s.each([&](int l) {
        const uint64_t index = s.in(0)[size_t(l)];
        if (index >= s.i.targets.size()) {
            s.as(l);
            s.end(Kind::unsupported, "brx.idx: entry " + std::to_string(index) + " of a table of " + std::to_string(s.i.targets.size()));
        }
        s.warp.at[size_t(l)] = uint32_t(s.i.targets[size_t(index)]);
    });
    return Flow::moved;
}

Flow leave(Step& s) {
    s.each([&](int l) {
        s.as(l);
        thread_ended(self());
    });
    s.warp.live &= ~s.lanes;
    return Flow::moved;
}

Flow trap(Step& s) {
    s.as(s.first());
    s.end(Kind::unsupported, "the kernel ends itself with trap");
}

Flow nothing(Step&) { return Flow::next; }

// bar.sync/arrive id[, threads]; bar.red.OP.type d, id[, threads], p. The lanes stay where they are until the barrier lets them go.
enum Barrier : int { synchronise, arrive, count, all, any };

Flow meet(Step& s) {
    const bool reduces = s.i.option >= count;
    const size_t first = reduces ? 1 : 0, last = s.i.operands.size() - (reduces ? 1 : 0);
    s.each([&](int l) {
        const int id = int(s.value(s.i.operands[first], l)), threads = last > first + 1 ? int(s.value(s.i.operands[first + 1], l)) : 0;
        s.as(l);
        if (reduces) {
            const Operand& p = s.i.operands.back();
            machine.barriers.reduce((s.value(p, l) != 0) != p.negated);
        }
        machine.barriers.arrive(id, threads, s.i.option != arrive, s.i.place);
    });
    s.block.moved_on();
    if (s.i.option == arrive) return Flow::next;
    s.warp.blocked |= s.lanes;
    return Flow::waits;
}

}  // namespace

void finish_barrier(Step& s) {
    if (s.i.option < count) return;
    const Reduction how = s.i.option == count ? Reduction::count : s.i.option == all ? Reduction::all : Reduction::any;
    s.each([&](int l) { s.put(s.i.operands[0], l, uint64_t(machine.barriers.reduced(how))); });
}

Handler decode_control(Instruction& i, Form form) {
    if (i.opcode == "bra") {
        form.take("uni");
        return form.done() && i.targets.size() == 1 ? branch : nullptr;
    }
    if (i.opcode == "brx") {
        const bool known = form.take("idx");
        form.take("uni");
        return known && form.done() && i.operands.size() == 2 && !i.targets.empty() ? branch_by_index : nullptr;
    }
    if (i.opcode == "ret" || i.opcode == "exit") {
        form.take("uni");
        return form.done() ? leave : nullptr;
    }
    if (i.opcode == "trap") return trap;
    if (i.opcode == "nanosleep") return nothing;
    // bar[.cta].sync, barrier[.cta].sync[.aligned]
    form.take("cta");
    const int what = form.take_one({"sync", "arrive", "red"});
    i.option = what;
    size_t least = 1;
    if (what == 2) {
        const int how = form.take_one({"popc", "and", "or"});
        if (how < 0) return nullptr;
        i.option = count + how;
        least = 3;
    }
    form.take("aligned");
    if (what == 2 && !form.take(i.option == count ? "u32" : "pred")) return nullptr;
    if (what < 0 || !form.done() || i.operands.size() < least || i.operands.size() > least + 1 || (what == 1 && i.operands.size() != 2)) return nullptr;
    for (const Operand& o : i.operands) if (o.kind != Operand::Kind::row) return nullptr;
    i.together = Instruction::Together::everybody;
    return meet;
}

}  // namespace simt::ptx
