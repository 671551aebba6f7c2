// Places in the source as small numbers, and their names. A return address is named by debug information (addr2line), innermost line first; what a reader wants is the
// line in the kernel, not the one in the headers that all kernels share.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "block.h"

namespace simt {

struct SourceLine {
    std::string file;    // without its folder
    int line = 0;
    std::string text;    // file:line, and the shared helper that it went through
};

class Sites {
public:
    uint32_t number_of(Place place);  // 0: no place
    Place place_of(uint32_t site) const { return sites_[site]; }
    const SourceLine& line_of(Place place);
    std::string name(uint32_t site) { return line_of(place_of(site)).text; }

private:
    struct Hash {
        size_t operator()(const Place& place) const { return std::hash<const void*>()(place.at) * 31 + size_t(place.line) * 0x9E3779B97F4A7C15u; }
    };
    std::vector<Place> sites_{Place{}};
    std::unordered_map<Place, uint32_t, Hash> numbers_;
    std::unordered_map<Place, SourceLine, Hash> lines_;
    struct Recent {
        Place place;
        uint32_t number = 0;
    };
    Recent recent_[1024];
};

}  // namespace simt
