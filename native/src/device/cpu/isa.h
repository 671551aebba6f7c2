// Which instruction set the CPU kernels use. Chosen once, when a device is opened; it fixes the bits of every picture.
#pragma once

#include <string>

namespace lgv {

enum class Isa { avx2, avx512 };

constexpr const char* name_of(Isa isa) { return isa == Isa::avx512 ? "avx512" : "avx2"; }

// What this processor has (AVX-512: F, BW, DQ, VL; AVX2: with FMA), or less where `wish` ("avx2", "avx512", empty: no wish) says so.
// Error::no_device on a processor without AVX2 and FMA; Error::argument for another wish, or for one that the processor cannot fulfil.
Isa choose_isa(const std::string& wish);

// "AMD EPYC 9R14", from cpuid; "unknown processor" where it does not say.
std::string processor_name();

}  // namespace lgv
