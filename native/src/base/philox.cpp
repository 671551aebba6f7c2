#include "base/philox.h"

#include <algorithm>

#include "base/error.h"

namespace lgv {

void philox_normals(uint64_t seed, uint32_t draw, Purpose purpose, int64_t first_element, int64_t count, float* out) {
    constexpr int64_t limit = int64_t{1} << 34;
    expect(first_element >= 0 && count >= 0 && first_element <= limit && count <= limit - first_element, Code::argument, "philox: elements ",
           first_element, " to ", first_element, " + ", count, " are not within the 2^34 that one image can have");
    constexpr int64_t chunk = 4 * kPhiloxBlocks;
    float normals[chunk];
    const int64_t end = first_element + count;
    for (int64_t at = first_element; at < end;) {
        const int64_t start = at / 4 * 4;
        const int64_t stop = std::min(start + chunk, end);
        philox_normals_of_blocks(seed, draw, purpose, uint32_t(start / 4), normals);
        std::copy(normals + (at - start), normals + (stop - start), out);
        out += stop - at;
        at = stop;
    }
}

}  // namespace lgv
