#include <cmath>

#include "machine.h"

namespace simt {

float approximate(float exact, int units) {
    if (machine.config.seed == 0 || units == 0 || !std::isfinite(exact)) return exact;
    const int off = int(machine.random.below(uint64_t(2 * units + 1))) - units;
    for (int i = 0; i < std::abs(off); ++i) exact = std::nextafterf(exact, off > 0 ? INFINITY : -INFINITY);
    return exact;
}

}  // namespace simt
