// Arithmetic of float32 (and of float64, which no kernel should hold): add sub mul fma div sqrt rcp rounded as their form says, min max neg abs, and the
// approximate functions, off by up to the ulps that NVIDIA documents for them (simt::approximate).
#include <cfenv>
#include <cmath>

#include "ptx/step.h"

namespace simt::ptx {

namespace {

constexpr auto add = [](auto a, auto b) { return a + b; };
constexpr auto subtract = [](auto a, auto b) { return a - b; };
constexpr auto multiply = [](auto a, auto b) { return a * b; };
constexpr auto divide = [](auto a, auto b) { return a / b; };
constexpr auto multiply_add = [](auto a, auto b, auto c) { return std::fma(a, b, c); };
constexpr auto root = [](auto a) { return std::sqrt(a); };
constexpr auto reciprocal = []<class T>(T a) { return T(1) / a; };
constexpr auto smaller = []<class T>(T a, T b) { return a == b ? (std::signbit(a) ? a : b) : std::fmin(a, b); };
constexpr auto larger = []<class T>(T a, T b) { return a == b ? (std::signbit(a) ? b : a) : std::fmax(a, b); };
constexpr auto smaller_or_nan = []<class T>(T a, T b) { return a != a || b != b ? T(NAN) : smaller(a, b); };
constexpr auto larger_or_nan = []<class T>(T a, T b) { return a != a || b != b ? T(NAN) : larger(a, b); };

// Documented maximum errors, in ulps of float32 (PTX ISA, "Floating Point Instructions"); those given as absolute errors are exact here.
constexpr auto approx_reciprocal = [](float a) { return approximate(1 / a, 1); };
constexpr auto approx_divide = [](float a, float b) { return std::fabs(b) > 0x1p126f && std::isfinite(b) && std::isfinite(a) ? std::copysign(0.f, a) * std::copysign(1.f, b) : approximate(a / b, 2); };
constexpr auto full_divide = [](float a, float b) { return approximate(a / b, 2); };
constexpr auto approx_root = [](float a) { return approximate(std::sqrt(a), 2); };
constexpr auto approx_inverse_root = [](float a) { return approximate(float(1 / std::sqrt(double(a))), 2); };
constexpr auto approx_exp2 = [](float a) { return approximate(std::exp2(a), 2); };
constexpr auto approx_log2 = [](float a) { return approximate(std::log2(a), 1); };
constexpr auto approx_sin = [](float a) { return float(std::sin(double(a))); };
constexpr auto approx_cos = [](float a) { return float(std::cos(double(a))); };
constexpr auto approx_tanh = [](float a) { return approximate(float(std::tanh(double(a))), 1 << 10); };

float flushed(float a) { return std::fpclassify(a) == FP_SUBNORMAL ? std::copysign(0.f, a) : a; }
float saturated(float a) { return a != a ? 0.f : std::fmin(std::fmax(a, 0.f), 1.f); }

enum : int { flush = 1, saturate = 2 };

// The whole of a form: option2 = flush | saturate, option = the rounding (fenv's own numbers).
template <auto op>
Flow formed(Step& s) {
    Row& out = s.row(s.i.operands[0].row);
    const bool zero = s.i.option2 & flush;
    const auto argument = [&](size_t n, int l) {
        const volatile float v = as<float>(s.in(n)[size_t(l)]);  // volatile: what is computed below depends on the rounding mode, which g++ does not know of
        return zero ? flushed(v) : float(v);
    };
    const int before = std::fegetround();
    std::fesetround(s.i.option);
    s.each([&](int l) {
        volatile float r;
        if constexpr (std::is_invocable_v<decltype(op), float, float, float>) r = op(argument(1, l), argument(2, l), argument(3, l));
        else if constexpr (std::is_invocable_v<decltype(op), float, float>) r = op(argument(1, l), argument(2, l));
        else r = op(argument(1, l));
        if (zero) r = flushed(r);
        if (s.i.option2 & saturate) r = saturated(r);
        out[size_t(l)] = raw(float(r));
    });
    std::fesetround(before);
    return Flow::next;
}

template <auto op>
Handler of_float(const Instruction& i) {
    if (i.type == Type::f64 && i.option == FE_TONEAREST && i.option2 == 0) return lanewise<op, double>;
    if (i.type != Type::f32) return nullptr;
    return i.option == FE_TONEAREST && i.option2 == 0 ? lanewise<op, float> : formed<op>;
}
template <auto op>
Handler of_approx(const Instruction& i) {
    if (i.type != Type::f32) return nullptr;
    return i.option2 == 0 ? lanewise<op, float> : formed<op>;
}

// Signs by their bit: of a NaN too.
template <uint64_t bit, bool flip, class T>
Flow sign(Step& s) {
    Row& out = s.row(s.i.operands[0].row);
    const Row& a = s.in(1);
    s.each([&](int l) { out[size_t(l)] = flip ? a[size_t(l)] ^ bit : a[size_t(l)] & ~bit; });
    return Flow::next;
}

Flow copy_sign(Step& s) {  // copysign.f32 d, a, b: a's sign, b's magnitude
    s.each([&](int l) { s.put(s.i.operands[0], l, (s.in(1)[size_t(l)] & 0x80000000u) | (s.in(2)[size_t(l)] & 0x7fffffffu)); });
    return Flow::next;
}

}  // namespace

Handler decode_float(Instruction& i, Form form) {
    static constexpr int roundings[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD};
    const std::string& op = i.opcode;
    const int how = form.take_one({"rn", "rz", "rm", "rp", "approx", "full"});
    i.option = how >= 0 && how < 4 ? roundings[how] : FE_TONEAREST;
    const bool nearby = how >= 4;
    if (form.take("ftz")) i.option2 |= flush;
    const bool with_nan = (op == "min" || op == "max") && form.take("NaN");
    if (form.take("sat")) i.option2 |= saturate;
    i.type = form.take_type();
    if (!form.done() || i.type != Type::f32) {
        if (i.type != Type::f64 || !form.done() || nearby) return nullptr;
    }
    const size_t n = i.operands.size();
    if (n == 2 && nearby && how == 4) {
        if (op == "rcp") return of_approx<approx_reciprocal>(i);
        if (op == "sqrt") return of_approx<approx_root>(i);
        if (op == "rsqrt") return of_approx<approx_inverse_root>(i);
        if (op == "ex2") return of_approx<approx_exp2>(i);
        if (op == "lg2") return of_approx<approx_log2>(i);
        if (op == "sin") return of_approx<approx_sin>(i);
        if (op == "cos") return of_approx<approx_cos>(i);
        if (op == "tanh") return of_approx<approx_tanh>(i);
    }
    if (n == 3 && nearby && op == "div") return how == 4 ? of_approx<approx_divide>(i) : of_approx<full_divide>(i);
    if (nearby) return nullptr;
    if (n == 2) {
        if (op == "sqrt" && how >= 0) return of_float<root>(i);
        if (op == "rcp" && how >= 0) return of_float<reciprocal>(i);
        if (how >= 0 || i.option2 != 0) return nullptr;
        if (i.type == Type::f64) return op == "neg" ? sign<1ull << 63, true, double> : op == "abs" ? sign<1ull << 63, false, double> : nullptr;
        return op == "neg" ? sign<0x80000000u, true, float> : op == "abs" ? sign<0x80000000u, false, float> : nullptr;
    }
    if (n == 4) return op == "fma" && how >= 0 ? of_float<multiply_add>(i) : nullptr;
    if (n != 3) return nullptr;
    if (op == "add") return of_float<add>(i);
    if (op == "sub") return of_float<subtract>(i);
    if (op == "mul") return of_float<multiply>(i);
    if (op == "div" && how >= 0) return of_float<divide>(i);
    if (op == "copysign" && i.type == Type::f32) return copy_sign;
    if (how >= 0) return nullptr;
    if (op == "min") return with_nan ? of_float<smaller_or_nan>(i) : of_float<smaller>(i);
    if (op == "max") return with_nan ? of_float<larger_or_nan>(i) : of_float<larger>(i);
    return nullptr;
}

}  // namespace simt::ptx
