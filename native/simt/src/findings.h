// What went wrong, told once for each kind and place.
#pragma once

#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "base/error.h"
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
    tell(kind, place, lgv::text(parts...));
}

std::string hex(uint32_t mask);

}  // namespace simt
