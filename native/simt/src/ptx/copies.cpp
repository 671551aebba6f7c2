// cp.async and its groups, cp.async.bulk, mbarrier, the fences of the async proxy: on the units that the fibers use too.
#include "machine.h"
#include "ptx/block_run.h"

namespace simt::ptx {

namespace {

Flow copy(Step& s) {  // cp.async [to], [from], bytes[, source bytes]
    const auto& o = s.i.operands;
    s.each([&](int l) {
        const int bytes = int(s.value(o[2], l)), source = o.size() > 3 ? int(s.value(o[3], l)) : bytes;
        s.as(l);
        cp_async(uint32_t(s.address(o[0], l)), reinterpret_cast<const void*>(s.address(o[1], l)), bytes, source, s.i.place);
    });
    return Flow::next;
}

Flow commit_copies(Step& s) {
    s.each([&](int l) { s.as(l), cp_async_commit(); });
    return Flow::next;
}

Flow wait_for_groups(Step& s) {  // option: keep none, whatever the operands are (wait_all, which commits first)
    s.each([&](int l) {
        s.as(l);
        if (s.i.option) cp_async_commit();
        cp_async_wait(s.i.option ? 0 : int(s.value(s.i.operands[0], l)), s.i.place);
    });
    return Flow::next;
}

Flow load_bulk(Step& s) {  // [to], [from], bytes, [mbarrier]
    const auto& o = s.i.operands;
    s.each([&](int l) {
        s.as(l);
        bulk_load(uint32_t(s.address(o[0], l)), reinterpret_cast<const void*>(s.address(o[1], l)), uint32_t(s.value(o[2], l)), uint32_t(s.address(o[3], l)), s.i.place);
    });
    s.block.moved_on();
    return Flow::next;
}

Flow store_bulk(Step& s) {  // [to], [from], bytes
    const auto& o = s.i.operands;
    s.each([&](int l) {
        s.as(l);
        bulk_store(reinterpret_cast<void*>(s.address(o[0], l)), uint32_t(s.address(o[1], l)), uint32_t(s.value(o[2], l)), s.i.place);
    });
    return Flow::next;
}

Flow commit_bulk(Step& s) {
    s.each([&](int l) { s.as(l), bulk_commit(); });
    return Flow::next;
}

Flow wait_for_bulk(Step& s) {
    s.each([&](int l) { s.as(l), bulk_wait(int(s.value(s.i.operands[0], l)), s.i.place); });
    return Flow::next;
}

Flow fence_proxy(Step& s) {
    s.each([&](int l) { s.as(l), fence_proxy_async(); });
    return Flow::next;
}

Flow nothing(Step&) { return Flow::next; }

Handler decode_bulk(Instruction& i, Form& form) {
    const size_t n = i.operands.size();
    if (form.take("commit_group")) return form.done() && n == 0 ? commit_bulk : nullptr;
    if (form.take("wait_group")) {
        form.take("read");
        return form.done() && n == 1 ? wait_for_bulk : nullptr;
    }
    if (form.take("shared::cluster") || form.take("shared::cta")) return form.take("global") && form.take("mbarrier::complete_tx::bytes") && form.done() && n == 4 ? load_bulk : nullptr;
    return form.take("global") && form.take("shared::cta") && form.take("bulk_group") && form.done() && n == 3 ? store_bulk : nullptr;
}

// ---- mbarrier
Flow init(Step& s) {
    s.each([&](int l) { s.as(l), mbarrier_init(uint32_t(s.address(s.i.operands[0], l)), uint32_t(s.value(s.i.operands[1], l)), s.i.place); });
    return Flow::next;
}

Flow arrive(Step& s) {  // state, [mbarrier][, announced bytes]
    const auto& o = s.i.operands;
    s.each([&](int l) {
        s.as(l);
        machine.mbarriers.arrive(uint32_t(s.address(o[1], l)), o.size() > 2 ? int64_t(s.value(o[2], l)) : 0, s.i.place);
    });
    s.block.moved_on();
    return Flow::next;
}

Flow try_wait(Step& s) {  // p, [mbarrier], parity
    const auto& o = s.i.operands;
    uint32_t in_vain = 0;
    s.each([&](int l) {
        s.as(l);
        const bool complete = machine.mbarriers.poll(uint32_t(s.address(o[1], l)), uint32_t(s.value(o[2], l)), s.i.place);
        s.put(o[0], l, complete);
        if (!complete) in_vain |= 1u << l;
    });
    s.warp.polled |= in_vain;
    return in_vain != 0 ? Flow::polls : Flow::next;
}

}  // namespace

Handler decode_copies(Instruction& i, Form form) {
    const size_t n = i.operands.size();
    if (i.opcode == "fence") {
        if (form.take("mbarrier_init")) return form.take("release") && form.take("cluster") && form.done() ? nothing : nullptr;
        form.take("proxy");
        const bool async = form.take("async");
        form.take_one({"shared::cta", "shared::cluster", "global"});
        return async && form.done() ? fence_proxy : nullptr;
    }
    if (!form.take("async")) return nullptr;
    if (form.take("bulk")) return decode_bulk(i, form);
    if (form.take("commit_group")) return form.done() && n == 0 ? commit_copies : nullptr;
    if (form.take("wait_group")) return form.done() && n == 1 ? wait_for_groups : nullptr;
    if (form.take("wait_all")) {
        i.option = 1;
        return form.done() && n == 0 ? wait_for_groups : nullptr;
    }
    const int cache = form.take_one({"ca", "cg"});
    form.take_one({"shared", "shared::cta"});
    form.take("global");
    form.take_one({"L2::64B", "L2::128B", "L2::256B"});
    return cache >= 0 && form.done() && (n == 3 || n == 4) ? copy : nullptr;
}

Handler decode_mbarrier(Instruction& i, Form form) {
    const size_t n = i.operands.size();
    const int what = form.take_one({"init", "arrive", "try_wait", "test_wait"});
    const bool expects = what == 1 && form.take("expect_tx"), by_parity = what >= 2 && form.take("parity");
    form.take_one({"shared", "shared::cta"});
    if (!form.take("b64") || !form.done()) return nullptr;
    if (what == 0) return n == 2 ? init : nullptr;
    if (what == 1) return n == (expects ? 3u : 2u) && i.operands[0].kind == Operand::Kind::sink ? arrive : nullptr;
    return by_parity && n == 3 ? try_wait : nullptr;
}

}  // namespace simt::ptx
