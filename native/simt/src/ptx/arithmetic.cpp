// add sub mul mad div rem min max neg abs of integers; add with carry is not among what nvcc makes of our kernels. Those of floats are in float.cpp.
#include <limits>

#include "ptx/step.h"

namespace simt::ptx {

namespace {

template <class T>
using Bits = std::make_unsigned_t<T>;

// Twice as wide: products do not overflow in it.
template <class T>
using Wide = std::conditional_t<sizeof(T) == 8, std::conditional_t<std::is_signed_v<T>, __int128, unsigned __int128>,
                                std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t>>;

// Unsigned, because what PTX lets wrap around is undefined for C++'s signed numbers (and 16 bits would be multiplied as int).
template <class T>
uint64_t low(T v) { return uint64_t(Bits<T>(v)); }

constexpr auto add = []<class T>(T a, T b) { return T(low(a) + low(b)); };
constexpr auto subtract = []<class T>(T a, T b) { return T(low(a) - low(b)); };
constexpr auto multiply = []<class T>(T a, T b) { return T(low(a) * low(b)); };
constexpr auto multiply_add = []<class T>(T a, T b, T c) { return T(low(a) * low(b) + low(c)); };
constexpr auto high = []<class T>(T a, T b) { return T(Wide<T>(a) * b >> 8 * sizeof(T)); };
constexpr auto high_add = []<class T>(T a, T b, T c) { return T(low(T(Wide<T>(a) * b >> 8 * sizeof(T))) + low(c)); };
// Division by zero is undefined; the hardware's answer is all ones.
constexpr auto divide = []<class T>(T a, T b) -> T {
    if (b == 0) return T(~T(0));
    if constexpr (std::is_signed_v<T>) if (b == -1) return T(0 - low(a));
    return T(a / b);
};
constexpr auto remainder = []<class T>(T a, T b) -> T {
    if (b == 0) return a;
    if constexpr (std::is_signed_v<T>) if (b == -1) return 0;
    return T(a % b);
};
constexpr auto smaller = []<class T>(T a, T b) { return a < b ? a : b; };
constexpr auto larger = []<class T>(T a, T b) { return a < b ? b : a; };
constexpr auto negative = []<class T>(T a) { return T(0 - low(a)); };
constexpr auto magnitude = []<class T>(T a) { return a < 0 ? T(0 - low(a)) : a; };

// .wide: the result has twice the bits.
template <class T, bool plus>
Flow multiply_wide(Step& s) {
    Row& out = s.row(s.i.operands[0].row);
    const Row &a = s.in(1), &b = s.in(2), &c = s.in(plus ? 3 : 1);
    constexpr uint64_t mask = sizeof(T) == 2 ? 0xffffffffu : ~0ull;
    s.each([&](int l) {
        const uint64_t product = uint64_t(Wide<T>(as<T>(a[size_t(l)])) * as<T>(b[size_t(l)]));
        out[size_t(l)] = (product + (plus ? c[size_t(l)] : 0)) & mask;
    });
    return Flow::next;
}

template <bool plus>
Handler wide_of(Type type) {
    switch (type) {
        case Type::s16: return multiply_wide<int16_t, plus>;
        case Type::u16: return multiply_wide<uint16_t, plus>;
        case Type::s32: return multiply_wide<int32_t, plus>;
        case Type::u32: return multiply_wide<uint32_t, plus>;
        default: return nullptr;
    }
}

Handler product(Instruction& i, Form& form, bool plus) {
    const int part = form.take_one({"lo", "hi", "wide"});
    i.type = form.take_type();
    if (part < 0 || !form.done() || i.operands.size() != (plus ? 4u : 3u)) return nullptr;
    if (part == 2) return plus ? wide_of<true>(i.type) : wide_of<false>(i.type);
    if (part == 1) return plus ? of_integers<high_add>(i.type) : of_integers<high>(i.type);
    return plus ? of_integers<multiply_add>(i.type) : of_integers<multiply>(i.type);
}

}  // namespace

Handler decode_arithmetic(Instruction& i, Form form) {
    const std::string& op = i.opcode;
    if (op == "mul" || op == "mad") return product(i, form, op == "mad");
    i.type = form.take_type();
    if (!form.done()) return nullptr;
    const size_t n = i.operands.size();
    if (n == 2 && op == "neg") return of_integers<negative>(i.type);
    if (n == 2 && op == "abs" && is_signed(i.type)) return of_integers<magnitude>(i.type);
    if (n != 3) return nullptr;
    if (op == "add") return of_integers<add>(i.type);
    if (op == "sub") return of_integers<subtract>(i.type);
    if (op == "div") return of_integers<divide>(i.type);
    if (op == "rem") return of_integers<remainder>(i.type);
    if (op == "min") return of_integers<smaller>(i.type);
    if (op == "max") return of_integers<larger>(i.type);
    return nullptr;
}

}  // namespace simt::ptx
