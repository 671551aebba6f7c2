#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "machine.h"

namespace simt {

float approximate(float exact, int units) {
    if (machine.config.seed == 0 || units == 0 || !std::isfinite(exact)) return exact;
    // Of the seed and the number alone: on a GPU it is a function too, and a row's bits are its own.
    const uint64_t mixed = (machine.config.seed << 32 ^ std::bit_cast<uint32_t>(exact)) * 0x9E3779B97F4A7C15ull;
    const int off = int((mixed >> 33) % uint64_t(2 * units + 1)) - units;
    for (int i = 0; i < std::abs(off); ++i) exact = std::nextafterf(exact, off > 0 ? INFINITY : -INFINITY);
    return exact;
}

}  // namespace simt
