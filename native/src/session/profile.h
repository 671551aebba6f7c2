// Where the time of a handle's programs goes, op by op.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "graph/program.h"

namespace lgv {

// The worker's; read when it is idle.
class Profile {
public:
    bool on() const { return on_; }
    void turn(bool on);  // on: from zero

    // One launch of a program. Programs of one handle have the same ops.
    void add(const CpuProgram& program, std::span<const int64_t> nanoseconds);

    std::string text() const;  // a JSON array, as langevin.h shows it

private:
    struct Row {
        std::string name, op, algorithm;
        int64_t launches = 0, nanoseconds = 0, flops = 0;
    };

    bool on_ = false;
    std::vector<Row> rows_;
};

}  // namespace lgv
