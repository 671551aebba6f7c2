// mov (also of vectors into one register and back), cvt, cvta.
#include <algorithm>
#include <cmath>

#include "base/bf16.h"
#include "machine.h"
#include "ptx/block_run.h"

namespace simt::ptx {

namespace {

uint64_t low_bits(uint64_t v, int bits) { return bits >= 64 ? v : v & ((1ull << bits) - 1); }

// A wgmma's accumulator in flight travels with its mark (wgmma.cpp), as ptxas lets such a move vanish.
Flow move(Step& s) {
    const Operand& from = s.i.operands[1];
    Row& out = s.row(s.i.operands[0].row);
    const Row& in = s.row(from.row);
    const int bits = s.i.operands[0].bits;
    s.each([&](int l) {
        const uint64_t v = in[size_t(l)];
        out[size_t(l)] = from.negated ? v == 0 : bits == 32 && Accumulators::tile_of(v) >= 0 ? v : low_bits(v, bits);
    });
    return Flow::next;
}

Flow pack(Step& s) {
    const auto& parts = s.i.operands[1].parts;
    const int bits = bits_of(s.i.type) / int(parts.size());
    s.each([&](int l) {
        uint64_t v = 0;
        for (size_t k = 0; k < parts.size(); ++k) v |= low_bits(s.value(parts[k], l), bits) << (bits * int(k));
        s.put(s.i.operands[0], l, v);
    });
    return Flow::next;
}

Flow unpack(Step& s) {
    const auto& parts = s.i.operands[0].parts;
    const int bits = bits_of(s.i.type) / int(parts.size());
    s.each([&](int l) {
        const uint64_t v = s.in(1)[size_t(l)];
        for (size_t k = 0; k < parts.size(); ++k) s.put(parts[k], l, low_bits(v >> (bits * int(k)), bits));
    });
    return Flow::next;
}

// ---- cvt. option: how to round (to a float or, with an i, to an integer).
enum Rounding : int { none = -1, rn, rz, rm, rp, rni, rzi, rmi, rpi, rna };
enum : int { flush = 1, saturate = 2, relu = 4 };

double to_whole(double v, int rounding) {
    switch (rounding) {
        case rni: return std::nearbyint(v);
        case rzi: return std::trunc(v);
        case rmi: return std::floor(v);
        default: return std::ceil(v);
    }
}

// Out of range is the nearest number that there is, NaN is zero.
uint64_t to_integer(double v, Type to, int rounding) {
    const int bits = bits_of(to);
    if (v != v) return 0;
    v = to_whole(v, rounding);
    const double top = std::ldexp(1.0, is_signed(to) ? bits - 1 : bits), bottom = is_signed(to) ? -top : 0;
    if (v >= top) return low_bits(~0ull, is_signed(to) ? bits - 1 : bits);
    if (v <= bottom) return is_signed(to) ? 1ull << (bits - 1) : 0;
    return low_bits(is_signed(to) ? uint64_t(int64_t(v)) : uint64_t(v), bits);
}

int64_t sign_extended(uint64_t v, Type type) {
    const int shift = 64 - bits_of(type);
    return int64_t(v << shift) >> shift;
}

// A float32 from an integer that float32 may not hold, rounded as told.
uint64_t to_float32(uint64_t v, Type from, int rounding) {
    const long double exact = is_signed(from) ? static_cast<long double>(sign_extended(v, from)) : static_cast<long double>(low_bits(v, bits_of(from)));
    float near = is_signed(from) ? float(sign_extended(v, from)) : float(low_bits(v, bits_of(from)));
    if (rounding == rm && static_cast<long double>(near) > exact) near = std::nextafter(near, -INFINITY);
    if (rounding == rp && static_cast<long double>(near) < exact) near = std::nextafter(near, INFINITY);
    if (rounding == rz && std::fabs(static_cast<long double>(near)) > std::fabs(exact)) near = std::nextafter(near, 0.f);
    return raw(near);
}

// To bfloat16: to the nearest, ties to even, or towards zero; a NaN is 0x7fff.
uint32_t to_bf16_bits(float v, const Instruction& i) {
    if (i.option2 & relu) v = v != v ? v : std::fmax(v, 0.f);
    if (v != v) return 0x7fff;
    return i.option == rz ? std::bit_cast<uint32_t>(v) >> 16 : lgv::to_bf16(v).bits;
}

Flow to_bf16_pair(Step& s) {  // cvt.rn.bf16x2.f32 d, high, low
    s.each([&](int l) { s.put(s.i.operands[0], l, to_bf16_bits(as<float>(s.in(1)[size_t(l)]), s.i) << 16 | to_bf16_bits(as<float>(s.in(2)[size_t(l)]), s.i)); });
    return Flow::next;
}

uint64_t converted(uint64_t v, const Instruction& i) {
    const Type to = i.type, from = i.from;
    if (to == Type::bf16) return to_bf16_bits(as<float>(v), i);
    if (to == Type::tf32) return (v + 0x1000) & 0xffffe000u;  // .rna: to the nearest, ties away from zero
    if (from == Type::bf16) return low_bits(v, 16) << 16;
    if (from == Type::f32) {
        float f = as<float>(v);
        if ((i.option2 & flush) && std::fpclassify(f) == FP_SUBNORMAL) f = std::copysign(0.f, f);
        if (to == Type::f64) return raw(double(f));
        if (to != Type::f32) return to_integer(f, to, i.option);
        f = i.option >= rni ? float(to_whole(f, i.option)) : f;
        return raw(i.option2 & saturate ? (f != f ? 0.f : std::fmin(std::fmax(f, 0.f), 1.f)) : f);
    }
    if (from == Type::f64) return to == Type::f32 ? raw(float(as<double>(v))) : to_integer(as<double>(v), to, i.option);
    if (to == Type::f32) return to_float32(v, from, i.option);
    if (to == Type::f64) return raw(is_signed(from) ? double(sign_extended(v, from)) : double(low_bits(v, bits_of(from))));
    if (i.option2 & saturate) {  // of integers
        const __int128 exact = is_signed(from) ? __int128(sign_extended(v, from)) : __int128(low_bits(v, bits_of(from)));
        const __int128 top = (__int128(1) << (bits_of(to) - is_signed(to))) - 1, bottom = is_signed(to) ? -top - 1 : 0;
        return low_bits(uint64_t(std::clamp(exact, bottom, top)), bits_of(to));
    }
    const uint64_t whole = is_signed(from) ? uint64_t(sign_extended(v, from)) : low_bits(v, bits_of(from));
    // To fewer bits: cut off. To more: by the sign of what it was; the register may be wider than the type.
    return is_signed(to) ? uint64_t(sign_extended(whole, to)) : low_bits(whole, bits_of(to));
}

Flow convert(Step& s) {
    s.each([&](int l) { s.put(s.i.operands[0], l, converted(s.in(1)[size_t(l)], s.i)); });
    return Flow::next;
}

// ---- cvta. Generic addresses are the process's own pointers; only shared memory and the parameters have others besides.
Flow to_generic(Step& s) {
    s.each([&](int l) {
        const uint64_t v = s.in(1)[size_t(l)];
        const bool shared = s.i.space == Space::shared, parameter = s.i.space == Space::parameter;
        s.put(s.i.operands[0], l, shared ? reinterpret_cast<uintptr_t>(machine.window.at(uint32_t(v))) : parameter ? reinterpret_cast<uintptr_t>(s.block.parameters()) + v : v);
    });
    return Flow::next;
}

Flow from_generic(Step& s) {
    s.each([&](int l) {
        const uint64_t v = s.in(1)[size_t(l)];
        uint64_t out = v;
        if (s.i.space == Space::shared) out = machine.window.address_of(reinterpret_cast<const void*>(v));
        if (s.i.space == Space::parameter) out = v - reinterpret_cast<uintptr_t>(s.block.parameters());
        s.put(s.i.operands[0], l, out);
    });
    return Flow::next;
}

Handler decode_cvta(Instruction& i, Form& form) {
    const bool to = form.take("to");
    static constexpr Space spaces[] = {Space::global, Space::shared, Space::local, Space::constant, Space::parameter, Space::shared};
    const int space = form.take_one({"global", "shared", "local", "const", "param", "shared::cta"});
    i.type = form.take_type();
    if (space < 0 || i.type != Type::u64 || !form.done() || i.operands.size() != 2) return nullptr;
    i.space = spaces[space];
    return to ? from_generic : to_generic;
}

}  // namespace

Handler decode_convert(Instruction& i, Form form) {
    const auto is_row = [&](size_t n) { return i.operands[n].kind == Operand::Kind::row; };
    const auto is_vector = [&](size_t n) { return i.operands[n].kind == Operand::Kind::vector; };
    if (i.opcode == "cvta") return decode_cvta(i, form);
    if (i.opcode == "mov") {
        i.type = form.take_type();
        if (!form.done() || i.operands.size() != 2 || i.type == Type::none) return nullptr;
        if (is_row(0) && is_row(1)) return move;
        if (is_row(0) && is_vector(1)) return pack;
        return is_vector(0) && is_row(1) ? unpack : nullptr;
    }
    i.option = form.take_one({"rn", "rz", "rm", "rp", "rni", "rzi", "rmi", "rpi", "rna"});
    if (form.take("relu")) i.option2 |= relu;
    if (form.take("ftz")) i.option2 |= flush;
    if (form.take("sat")) i.option2 |= saturate;
    i.type = form.take_type(), i.from = form.take_type();
    if (!form.done() || i.from == Type::none) return nullptr;
    if (i.type == Type::bf16x2) return i.from == Type::f32 && i.operands.size() == 3 && (i.option == rn || i.option == rz) ? to_bf16_pair : nullptr;
    if (i.operands.size() != 2) return nullptr;
    const auto number = [](Type t) { return t == Type::f32 || t == Type::f64; };
    const auto whole = [](Type t) { return t >= Type::s8 && t <= Type::u64; };
    if (i.type == Type::bf16) return i.from == Type::f32 && (i.option == rn || i.option == rz) ? convert : nullptr;
    if (i.type == Type::tf32) return i.from == Type::f32 && i.option == rna ? convert : nullptr;
    if (i.from == Type::bf16) return i.type == Type::f32 && i.option == none ? convert : nullptr;
    if (number(i.from) && whole(i.type)) return i.option >= rni && i.option <= rpi ? convert : nullptr;
    if (whole(i.from) && number(i.type)) return i.option >= rn && i.option <= rp && (i.type == Type::f32 || i.option == rn) ? convert : nullptr;
    if (whole(i.from) && whole(i.type)) return i.option == none ? convert : nullptr;
    if (i.from == Type::f64 && i.type == Type::f32) return i.option == rn ? convert : nullptr;
    return number(i.from) && number(i.type) && (i.option == none || i.option >= rni) ? convert : nullptr;
}

}  // namespace simt::ptx
