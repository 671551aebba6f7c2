#include "ptx/program.h"

namespace simt::ptx {

namespace {

struct TypeName {
    std::string_view name;
    Type type;
    int bits;
    bool is_signed;
};

constexpr TypeName names[] = {
    {"b8", Type::b8, 8, false},       {"b16", Type::b16, 16, false},       {"b32", Type::b32, 32, false},   {"b64", Type::b64, 64, false}, {"b128", Type::b128, 128, false},
    {"s8", Type::s8, 8, true},        {"s16", Type::s16, 16, true},        {"s32", Type::s32, 32, true},    {"s64", Type::s64, 64, true},  {"u8", Type::u8, 8, false},
    {"u16", Type::u16, 16, false},    {"u32", Type::u32, 32, false},       {"u64", Type::u64, 64, false},   {"f16", Type::f16, 16, false}, {"f16x2", Type::f16x2, 32, false},
    {"bf16", Type::bf16, 16, false},  {"bf16x2", Type::bf16x2, 32, false}, {"tf32", Type::tf32, 32, false}, {"f32", Type::f32, 32, false}, {"f64", Type::f64, 64, false},
    {"pred", Type::pred, 1, false},
};

}  // namespace

Type type_named(std::string_view word) {
    for (const TypeName& n : names) if (n.name == word) return n.type;
    return Type::none;
}

int bits_of(Type type) {
    for (const TypeName& n : names) if (n.type == type) return n.bits;
    return 0;
}

bool is_signed(Type type) {
    for (const TypeName& n : names) if (n.type == type) return n.is_signed;
    return false;
}

std::string common_name(std::string_view mangled) {
    constexpr std::string_view word = "_GLOBAL__N_";
    std::string out;
    size_t from = 0;
    for (size_t at = mangled.find(word); at != std::string_view::npos; at = mangled.find(word, from)) {
        size_t digits = at;
        while (digits > from && mangled[digits - 1] >= '0' && mangled[digits - 1] <= '9') --digits;
        const size_t length = digits == at ? 0 : std::stoul(std::string(mangled.substr(digits, at - digits)));
        if (length < word.size() || at + length > mangled.size()) break;
        out += mangled.substr(from, digits - from);
        out += "12_GLOBAL__N_1";
        from = at + length;
    }
    return out + std::string(mangled.substr(from));
}

}  // namespace simt::ptx
