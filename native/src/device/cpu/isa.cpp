#include "device/cpu/isa.h"

#include <cpuid.h>

#include <cstring>

#include "base/error.h"

namespace lgv {

namespace {

// The builtin also asks (xgetbv) whether the operating system saves the registers.
bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

bool has_avx512() {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
}

}  // namespace

Isa choose_isa(const std::string& wish) {
    __builtin_cpu_init();
    expect(wish.empty() || wish == "avx2" || wish == "avx512", Code::argument, "instruction set \"", wish, "\" is not known: avx2 and avx512 are");
    expect(has_avx2(), Code::no_device, "the cpu device needs AVX2 and FMA, which this processor (", processor_name(), ") does not have");
    expect(wish != "avx512" || has_avx512(), Code::argument, "instruction set avx512 was asked for, but this processor (", processor_name(),
           ") lacks AVX-512 F, BW, DQ or VL: ask for avx2, or for none");
    return wish != "avx2" && has_avx512() ? Isa::avx512 : Isa::avx2;
}

std::string processor_name() {
    constexpr unsigned first = 0x80000002, last = 0x80000004;  // 16 letters each
    char letters[49] = {};
    for (unsigned leaf = first; leaf <= last; ++leaf) {
        unsigned words[4];
        if (!__get_cpuid(leaf, &words[0], &words[1], &words[2], &words[3])) return "unknown processor";
        std::memcpy(letters + 16 * (leaf - first), words, 16);
    }
    // Some pad it on the left, some on the right, some within.
    std::string name;
    for (const char* letter = letters; *letter != '\0'; ++letter) {
        if (*letter == ' ' && (name.empty() || name.back() == ' ')) continue;
        name += *letter;
    }
    if (!name.empty() && name.back() == ' ') name.pop_back();
    return name.empty() ? "unknown processor" : name;
}

}  // namespace lgv
