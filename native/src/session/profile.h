// Where the time of a handle's programs goes, op by op.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "graph/op_list.h"

namespace lgv {

// The worker's; read when it is idle.
class Profile {
public:
    bool on() const { return on_; }
    void turn(bool on);  // on: from zero

    // One launch of a program. Programs of one handle have the same ops.
    template <class Program>
    void add(const Program& program, std::span<const int64_t> nanoseconds) {
        add(program.list(), [&](size_t node) { return program.algorithm(node); }, nanoseconds);
    }

    std::string text() const;  // a JSON array, as langevin.h shows it

private:
    void add(const OpList& list, const std::function<std::string(size_t)>& algorithm, std::span<const int64_t> nanoseconds);

    struct Row {
        std::string name, op, algorithm;
        int64_t launches = 0, nanoseconds = 0, flops = 0;
    };

    bool on_ = false;
    std::vector<Row> rows_;
};

}  // namespace lgv
