// Runs a program on numbers, on whatever is behind device/cuda/runtime.h.
#pragma once

#include <cstring>
#include <vector>

#include "base/bf16.h"
#include "graph/program.cuda.h"
#include "tests/cuda/cuda_bench.h"

namespace lgv::testing {

// The output's first `rows` rows. `inputs`: of the first rows each, in the list's order; bits of int32 where a value is a label.
inline std::vector<float> run_program(const CudaProgram& program, const std::vector<std::vector<float>>& inputs, int64_t rows) {
    const OpList& list = program.list();
    const DeviceMemory arena(program.arena_bytes());
    for (size_t i = 0; i < inputs.size(); ++i) {
        std::vector<bf16> halves;
        for (const float v : inputs[i]) halves.push_back(to_bf16(v));
        const bool half = program.type(list.inputs[i]) == CudaType::bf16;
        upload(program.at(arena.data(), list.inputs[i]), half ? static_cast<const void*>(halves.data()) : inputs[i].data(), int64_t(inputs[i].size()) * (half ? 2 : 4));
    }
    program.launch(nullptr, arena.data(), rows);
    std::vector<float> got(size_t(rows * list.shapes[list.output].per_image()));
    download(got.data(), program.at(arena.data(), list.output), int64_t(got.size() * sizeof(float)));
    expect_no_findings();
    return got;
}

// The worst difference, of the largest magnitude of what is wanted.
inline double worst_difference(const std::vector<float>& got, const std::vector<float>& wanted) {
    double worst = 0, largest = 0;
    for (size_t i = 0; i < got.size(); ++i) {
        worst = std::max(worst, std::isfinite(got[i]) ? std::abs(double(got[i]) - double(wanted[i])) : INFINITY);
        largest = std::max(largest, std::abs(double(wanted[i])));
    }
    return worst / largest;
}

}  // namespace lgv::testing
