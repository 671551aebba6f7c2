// Bits: and or xor not shl shr shf lop3 bfe bfi bfind brev popc clz prmt.
#include <algorithm>

#include "ptx/step.h"

namespace simt::ptx {

namespace {

constexpr auto both = []<class T>(T a, T b) { return T(a & b); };
constexpr auto either = []<class T>(T a, T b) { return T(a | b); };
constexpr auto differ = []<class T>(T a, T b) { return T(a ^ b); };
constexpr auto inverse = []<class T>(T a) { return T(~a); };
constexpr auto logical_and = [](bool a, bool b) { return a && b; };
constexpr auto logical_or = [](bool a, bool b) { return a || b; };
constexpr auto logical_differ = [](bool a, bool b) { return a != b; };
constexpr auto logical_not = [](bool a) { return !a; };

// The amount is of 32 bits whatever is shifted; more than there are bits shifts all of them out.
template <class T, bool left>
Flow shift(Step& s) {
    Row& out = s.row(s.i.operands[0].row);
    const Row &a = s.in(1), &b = s.in(2);
    constexpr uint32_t bits = 8 * sizeof(T);
    s.each([&](int l) {
        const T v = as<T>(a[size_t(l)]);
        const uint32_t n = std::min(uint32_t(b[size_t(l)]), bits);
        if constexpr (left) out[size_t(l)] = n == bits ? 0 : raw(T(uint64_t(v) << n));
        else if constexpr (std::is_signed_v<T>) out[size_t(l)] = raw(T(v >> std::min(n, bits - 1)));
        else out[size_t(l)] = n == bits ? 0 : raw(T(v >> n));
    });
    return Flow::next;
}

template <bool left>
Handler shift_of(Type type) {
    switch (type) {
        case Type::b16: case Type::u16: return shift<uint16_t, left>;
        case Type::b32: case Type::u32: return shift<uint32_t, left>;
        case Type::b64: case Type::u64: return shift<uint64_t, left>;
        case Type::s16: return shift<int16_t, left>;
        case Type::s32: return shift<int32_t, left>;
        case Type::s64: return shift<int64_t, left>;
        default: return nullptr;
    }
}

// shf.l/.r .wrap/.clamp .b32 d, low, high, amount: a funnel. option: left; option2: clamp.
Flow funnel(Step& s) {
    s.each([&](int l) {
        const uint64_t both_words = (s.in(1)[size_t(l)] & 0xffffffffu) | s.in(2)[size_t(l)] << 32;
        const uint32_t amount = uint32_t(s.in(3)[size_t(l)]), n = s.i.option2 ? std::min(amount, 32u) : amount & 31;
        s.put(s.i.operands[0], l, (s.i.option ? both_words << n >> 32 : both_words >> n) & 0xffffffffu);
    });
    return Flow::next;
}

// d's bit is bit (4a + 2b + c) of the table.
Flow lookup(Step& s) {
    s.each([&](int l) {
        const uint32_t a = uint32_t(s.in(1)[size_t(l)]), b = uint32_t(s.in(2)[size_t(l)]), c = uint32_t(s.in(3)[size_t(l)]), table = uint32_t(s.in(4)[size_t(l)]);
        uint32_t out = 0;
        for (int k = 0; k < 8; ++k) if (table >> k & 1) out |= (k & 4 ? a : ~a) & (k & 2 ? b : ~b) & (k & 1 ? c : ~c);
        s.put(s.i.operands[0], l, out);
    });
    return Flow::next;
}

Flow extract(Step& s) {  // bfe d, a, position, length
    const uint32_t bits = uint32_t(bits_of(s.i.type));
    s.each([&](int l) {
        const uint64_t a = s.in(1)[size_t(l)];
        const uint32_t position = uint32_t(s.in(2)[size_t(l)]) & 255, length = uint32_t(s.in(3)[size_t(l)]) & 255;
        const uint64_t field = position >= bits ? 0 : a >> position, mask = length >= 64 ? ~0ull : (1ull << length) - 1;
        uint64_t out = field & mask;
        if (is_signed(s.i.type) && length != 0 && a >> std::min(position + length - 1, bits - 1) & 1) out |= ~(position >= bits ? 0 : mask & (bits - position >= 64 ? ~0ull : (1ull << (bits - position)) - 1));
        s.put(s.i.operands[0], l, out);
    });
    return Flow::next;
}

Flow insert(Step& s) {  // bfi d, field, into, position, length
    const uint32_t bits = uint32_t(bits_of(s.i.type));
    s.each([&](int l) {
        const uint32_t position = uint32_t(s.in(3)[size_t(l)]) & 255, length = uint32_t(s.in(4)[size_t(l)]) & 255;
        const uint64_t mask = position >= bits ? 0 : (length >= 64 ? ~0ull : (1ull << length) - 1) << position;
        s.put(s.i.operands[0], l, (s.in(2)[size_t(l)] & ~mask) | (position >= bits ? 0 : s.in(1)[size_t(l)] << position & mask));
    });
    return Flow::next;
}

template <class T>
constexpr auto highest = [](T a) -> uint32_t {  // bfind: of a negative number the highest zero
    const auto v = std::make_unsigned_t<T>(a < 0 ? ~a : a);
    return v == 0 ? ~0u : 8 * sizeof(T) - 1 - uint32_t(std::countl_zero(v));
};
constexpr auto ones = [](auto a) { return uint32_t(std::popcount(a)); };
constexpr auto zeros_above = [](auto a) { return uint32_t(std::countl_zero(a)); };
constexpr auto reversed = []<class T>(T a) {
    T out = 0;
    for (size_t k = 0; k < 8 * sizeof(T); ++k) out |= T((a >> k & 1) << (8 * sizeof(T) - 1 - k));
    return out;
};

Flow permute(Step& s) {  // prmt: four bytes out of eight, bit 3 of a selector spreads the byte's sign
    s.each([&](int l) {
        const uint64_t bytes = (s.in(1)[size_t(l)] & 0xffffffffu) | s.in(2)[size_t(l)] << 32;
        const uint32_t selectors = uint32_t(s.in(3)[size_t(l)]);
        uint32_t out = 0;
        for (int k = 0; k < 4; ++k) {
            const uint32_t selector = selectors >> 4 * k & 15;
            uint32_t byte = uint32_t(bytes >> 8 * (selector & 7)) & 255;
            if (selector & 8) byte = byte & 128 ? 255 : 0;
            out |= byte << 8 * k;
        }
        s.put(s.i.operands[0], l, out);
    });
    return Flow::next;
}

}  // namespace

Handler decode_bits(Instruction& i, Form form) {
    const std::string& op = i.opcode;
    const size_t n = i.operands.size();
    if (op == "shf") {
        const int way = form.take_one({"r", "l"}), amount = form.take_one({"wrap", "clamp"});
        i.option = way, i.option2 = amount;
        return way >= 0 && amount >= 0 && form.take("b32") && form.done() && n == 4 ? funnel : nullptr;
    }
    i.type = form.take_type();
    if (!form.done()) return nullptr;
    if (op == "lop3") return i.type == Type::b32 && n == 5 ? lookup : nullptr;
    if (op == "prmt") return i.type == Type::b32 && n == 4 ? permute : nullptr;
    if (op == "bfe") return bits_of(i.type) >= 32 && n == 4 ? extract : nullptr;
    if (op == "bfi") return bits_of(i.type) >= 32 && n == 5 ? insert : nullptr;
    if (op == "bfind" && n == 2) {
        switch (i.type) {
            case Type::u32: return lanewise<highest<uint32_t>, uint32_t>;
            case Type::s32: return lanewise<highest<int32_t>, int32_t>;
            case Type::u64: return lanewise<highest<uint64_t>, uint64_t>;
            case Type::s64: return lanewise<highest<int64_t>, int64_t>;
            default: return nullptr;
        }
    }
    if (n == 2) {
        if (op == "not") return i.type == Type::pred ? lanewise<logical_not, bool> : of_bits<inverse>(i.type);
        if (bits_of(i.type) < 32) return nullptr;
        if (op == "popc") return of_bits<ones>(i.type);
        if (op == "clz") return of_bits<zeros_above>(i.type);
        if (op == "brev") return of_bits<reversed>(i.type);
        return nullptr;
    }
    if (n != 3) return nullptr;
    if (op == "shl") return shift_of<true>(i.type);
    if (op == "shr") return shift_of<false>(i.type);
    const bool logical = i.type == Type::pred;
    if (op == "and") return logical ? lanewise<logical_and, bool> : of_bits<both>(i.type);
    if (op == "or") return logical ? lanewise<logical_or, bool> : of_bits<either>(i.type);
    if (op == "xor") return logical ? lanewise<logical_differ, bool> : of_bits<differ>(i.type);
    return nullptr;
}

}  // namespace simt::ptx
