// ld st of every space and vector, atom red, prefetches and fences.
#include <algorithm>
#include <cstring>

#include "machine.h"
#include "ptx/block_run.h"

namespace simt::ptx {

namespace {

// The place of an access, or null where it must not happen (there is a finding then).
std::byte* reach(const Step& s, uint64_t address, size_t bytes, Access how, int lane) {
    const auto checked = [&](std::byte* p) { return access(p, bytes, how, s.i.place) ? p : nullptr; };
    s.as(lane);
    switch (s.i.space) {
        case Space::shared: return checked(machine.window.at(uint32_t(address)));
        case Space::parameter: return s.block.parameters() + address;
        case Space::local:
        case Space::constant:
        case Space::global:
        case Space::generic: break;
    }
    auto* p = reinterpret_cast<std::byte*>(address);
    return s.block.owns(p, bytes) ? p : checked(p);
}

const Operand& element(const Operand& operand, int k) { return operand.kind == Operand::Kind::vector ? operand.parts[size_t(k)] : operand; }

Flow load(Step& s) {
    const size_t size = size_t(bits_of(s.i.type)) / 8, all = size * size_t(s.i.vector);
    s.each([&](int l) {
        std::byte bytes[32];
        std::memset(bytes, 0xff, sizeof bytes);
        if (const std::byte* p = reach(s, s.address(s.i.operands[1], l), all, Access::read, l)) std::memcpy(bytes, p, all);
        for (int k = 0; k < s.i.vector; ++k) {
            uint64_t v = 0;
            std::memcpy(&v, bytes + size_t(k) * size, size);
            if (is_signed(s.i.type)) v = uint64_t(int64_t(v << (64 - 8 * size)) >> (64 - 8 * size));
            s.put(element(s.i.operands[0], k), l, v);
        }
    });
    return Flow::next;
}

Flow store(Step& s) {
    const size_t size = size_t(bits_of(s.i.type)) / 8, all = size * size_t(s.i.vector);
    s.each([&](int l) {
        std::byte bytes[32];
        for (int k = 0; k < s.i.vector; ++k) {
            const uint64_t v = s.value(element(s.i.operands[1], k), l);
            std::memcpy(bytes + size_t(k) * size, &v, size);
        }
        if (std::byte* p = reach(s, s.address(s.i.operands[0], l), all, Access::write, l)) std::memcpy(p, bytes, all);
    });
    return Flow::next;
}

Flow nothing(Step&) { return Flow::next; }

bool take_space(Instruction& i, Form& form) {
    static constexpr Space spaces[] = {Space::global, Space::shared, Space::shared, Space::local, Space::constant, Space::parameter};
    const int space = form.take_one({"global", "shared", "shared::cta", "local", "const", "param"});
    if (space >= 0) i.space = spaces[space];
    return space >= 0;
}

// Orders and scopes: there is one order here, that of the interpreter.
void take_order(Form& form) {
    if (form.take_one({"weak", "volatile"}) >= 0) return;
    if (form.take_one({"relaxed", "acquire", "release", "acq_rel"}) >= 0) form.take_one({"cta", "cluster", "gpu", "sys"});
}

Handler decode_access(Instruction& i, Form& form, bool loads) {
    take_order(form);
    take_space(i, form);
    if (loads) form.take("nc");
    form.take_one({"ca", "cg", "cs", "lu", "cv", "wb", "wt"});
    form.take_one({"L1::evict_normal", "L1::evict_unchanged", "L1::evict_first", "L1::evict_last", "L1::no_allocate"});
    form.take_one({"L2::64B", "L2::128B", "L2::256B"});
    const int vector = form.take_one({"v2", "v4", "v8"});
    i.vector = vector < 0 ? 1 : 2 << vector;
    i.type = form.take_type();
    const int bits = bits_of(i.type);
    if (!form.done() || bits < 8 || bits > 64 || i.vector * bits > 256 || i.operands.size() != 2) return nullptr;
    const Operand &place = i.operands[loads ? 1 : 0], &values = i.operands[loads ? 0 : 1];
    if (place.kind != Operand::Kind::address) return nullptr;
    if (i.vector == 1 ? values.kind != Operand::Kind::row : values.kind != Operand::Kind::vector || int(values.parts.size()) != i.vector) return nullptr;
    if (!loads && (i.space == Space::parameter || i.space == Space::constant)) return nullptr;
    return loads ? load : store;
}

// ---- atom, red
enum Update : int { add, smallest, largest, both, either, differ, exchange, compare, increase, decrease };

uint64_t updated(const Instruction& i, uint64_t old, uint64_t b, uint64_t c) {
    const int bits = bits_of(i.type);
    const uint64_t mask = bits == 64 ? ~0ull : (1ull << bits) - 1;
    const auto wide = [&](uint64_t v) { return int64_t(v << (64 - bits)) >> (64 - bits); };
    const bool b_is_less = is_signed(i.type) ? wide(b) < wide(old) : (b & mask) < (old & mask);
    switch (i.option) {
        case add: return i.type == Type::f32 ? raw(as<float>(old) + as<float>(b)) : (old + b) & mask;
        case smallest: return b_is_less ? b & mask : old;
        case largest: return b_is_less ? old : b & mask;
        case both: return old & b;
        case either: return old | b;
        case differ: return old ^ b;
        case exchange: return b & mask;
        case compare: return old == (b & mask) ? c & mask : old;
        case increase: return old >= b ? 0 : old + 1;
        default: return old == 0 || old > b ? b : old - 1;
    }
}

Flow update(Step& s) {
    const bool returns = s.i.opcode == "atom";
    const size_t first = returns ? 1 : 0, bytes = size_t(bits_of(s.i.type)) / 8;
    s.each([&](int l) {
        uint64_t old = 0;
        std::byte* p = reach(s, s.address(s.i.operands[first], l), bytes, Access::atomic, l);
        if (p == nullptr) return;
        std::memcpy(&old, p, bytes);
        const uint64_t now = updated(s.i, old, s.value(s.i.operands[first + 1], l), s.i.option == compare ? s.value(s.i.operands[first + 2], l) : 0);
        std::memcpy(p, &now, bytes);
        if (returns) s.put(s.i.operands[0], l, old);
    });
    s.block.moved_on();
    return Flow::next;
}

Handler decode_update(Instruction& i, Form& form) {
    take_order(form);
    if (!take_space(i, form)) i.space = Space::generic;
    i.option = form.take_one({"add", "min", "max", "and", "or", "xor", "exch", "cas", "inc", "dec"});
    i.type = form.take_type();
    const size_t wanted = (i.opcode == "atom" ? 1u : 0u) + 2u + (i.option == compare ? 1u : 0u);
    const bool floats = i.type == Type::f32, bits = bits_of(i.type) >= 32 && i.type != Type::f64 && !floats && i.type <= Type::u64;
    if (i.option < 0 || !form.done() || i.operands.size() != wanted || !(bits || (floats && i.option == add))) return nullptr;
    return update;
}

}  // namespace

Handler decode_memory(Instruction& i, Form form) {
    if (i.opcode == "ld" || i.opcode == "ldu") return decode_access(i, form, true);
    if (i.opcode == "st") return decode_access(i, form, false);
    if (i.opcode == "atom" || i.opcode == "red") return decode_update(i, form);
    if (i.opcode == "prefetch") return nothing;
    // membar.LEVEL, fence[.sc|.acq_rel].SCOPE
    form.take_one({"sc", "acq_rel"});
    return form.take_one({"cta", "cluster", "gpu", "gl", "sys"}) >= 0 && form.done() ? nothing : nullptr;
}

}  // namespace simt::ptx
