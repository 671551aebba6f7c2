// What went wrong, told once for each kind and place.
#pragma once

#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "block.h"
#include "simt/emulator.h"

namespace simt {

class Findings {
public:
    void add(Kind kind, Place place, std::string sentence);
    const std::vector<Finding>& all() const { return all_; }
    std::vector<Finding> take();

private:
    std::vector<Finding> all_;
    std::set<std::tuple<Kind, std::string, int>> told_;
};

// A finding about the running thread, or the launch. The parts make the sentence.
void tell(Kind kind, Place place, std::string sentence);
template <class... Parts>
void fail(Kind kind, Place place, const Parts&... parts) {
    std::ostringstream text;
    (text << ... << parts);
    tell(kind, place, text.str());
}

std::string hex(uint32_t mask);

}  // namespace simt
