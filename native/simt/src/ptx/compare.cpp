// setp selp slct, and moves of predicates: what decides and what is decided.
#include "ptx/step.h"

namespace simt::ptx {

namespace {

enum Comparison : int { eq, ne, lt, le, gt, ge, equ, neu, ltu, leu, gtu, geu, num, nan };

template <class T>
bool holds(int comparison, T a, T b) {
    const bool unordered = a != a || b != b;
    switch (comparison) {
        case eq: return a == b;
        case ne: return a != b && !unordered;
        case lt: return a < b;
        case le: return a <= b;
        case gt: return a > b;
        case ge: return a >= b;
        case num: return !unordered;
        case nan: return unordered;
        default: return unordered || holds(comparison - equ, a, b);
    }
}

// setp.CMP[.BOOL] p|q, a, b[, c]: p = CMP(a, b) BOOL c, q = !CMP(a, b) BOOL c. option: the comparison, option2: 0 none, 1 and, 2 or, 3 xor.
template <class T>
Flow set(Step& s) {
    const Operand& p = s.i.operands[0];
    const auto joined = [&](bool v, int l) {
        if (s.i.option2 == 0) return v;
        const Operand& c = s.i.operands[3];
        const bool other = (s.value(c, l) != 0) != c.negated;
        return s.i.option2 == 1 ? v && other : s.i.option2 == 2 ? v || other : v != other;
    };
    s.each([&](int l) {
        const bool v = holds(s.i.option, as<T>(s.in(1)[size_t(l)]), as<T>(s.in(2)[size_t(l)]));
        const bool first = joined(v, l), second = joined(!v, l);
        if (p.kind == Operand::Kind::row) s.row(p.row)[size_t(l)] = first;
        if (p.second >= 0) s.row(p.second)[size_t(l)] = second;
    });
    return Flow::next;
}

Handler set_of(Type type) {
    switch (type) {
        case Type::b16: case Type::u16: return set<uint16_t>;
        case Type::b32: case Type::u32: return set<uint32_t>;
        case Type::b64: case Type::u64: return set<uint64_t>;
        case Type::s16: return set<int16_t>;
        case Type::s32: return set<int32_t>;
        case Type::s64: return set<int64_t>;
        case Type::f32: return set<float>;
        case Type::f64: return set<double>;
        default: return nullptr;
    }
}

Flow select(Step& s) {
    const Operand& p = s.i.operands[3];
    s.each([&](int l) { s.put(s.i.operands[0], l, (s.value(p, l) != 0) != p.negated ? s.in(1)[size_t(l)] : s.in(2)[size_t(l)]); });
    return Flow::next;
}

template <class T>
Flow select_by_sign(Step& s) {  // slct d, a, b, c: c >= 0 ? a : b
    s.each([&](int l) { s.put(s.i.operands[0], l, as<T>(s.in(3)[size_t(l)]) >= 0 ? s.in(1)[size_t(l)] : s.in(2)[size_t(l)]); });
    return Flow::next;
}

}  // namespace

Handler decode_compare(Instruction& i, Form form) {
    const size_t n = i.operands.size();
    if (i.opcode == "selp") {
        i.type = form.take_type();
        return form.done() && n == 4 ? select : nullptr;
    }
    if (i.opcode == "slct") {
        i.type = form.take_type(), i.from = form.take_type();
        if (!form.done() || n != 4) return nullptr;
        return i.from == Type::s32 ? select_by_sign<int32_t> : i.from == Type::f32 ? select_by_sign<float> : nullptr;
    }
    int comparison = form.take_one({"eq", "ne", "lt", "le", "gt", "ge", "equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan"});
    if (comparison < 0) {
        static constexpr int unsigned_names[] = {lt, le, gt, ge};
        const int low = form.take_one({"lo", "ls", "hi", "hs"});
        if (low < 0) return nullptr;
        comparison = unsigned_names[low];
    }
    i.option = comparison;
    i.option2 = form.take_one({"and", "or", "xor"}) + 1;
    i.type = form.take_type();
    const bool of_floats = i.type == Type::f32 || i.type == Type::f64;
    if (!form.done() || n != (i.option2 == 0 ? 3u : 4u) || (comparison >= equ && !of_floats)) return nullptr;
    return set_of(i.type);
}

}  // namespace simt::ptx
