// Values one after the other in one arena of NaNs, for tests that write an op's inputs themselves.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "device/memory.h"
#include "tests/ops/gemm_harness.h"

namespace lgv::testing {

class ValueArena {
public:
    explicit ValueArena(std::vector<Shape> shapes) : shapes_{std::move(shapes)}, memory_(place()) {
        std::fill_n(reinterpret_cast<float*>(memory_.data()), memory_.bytes() / 4, std::nanf(""));
    }

    const Shapes& shapes() const { return shapes_; }
    float* at(Value value) const { return reinterpret_cast<float*>(memory_.data() + offsets_[size_t(value.id)]); }
    void put(Value value, const std::vector<float>& numbers) { std::copy(numbers.begin(), numbers.end(), at(value)); }

    // The first `rows` images.
    std::vector<float> numbers(Value value, int64_t rows) const { return {at(value), at(value) + rows * shapes_[value].per_image()}; }

    template <class Lowered>
    void launch(const Lowered& op, int64_t rows, int threads = 1) const {
        ASSERT_EQ(needs(op).workspace_bytes + needs(op).scratch_bytes, 0);
        ThreadTeam team(threads);
        run(op, CpuLaunch{team, rows, memory_.data(), offsets_, nullptr, nullptr, 0});
    }

    template <class Op>
    void reference_of(const Op& op) const {
        std::vector<float*> values;
        for (size_t i = 0; i < offsets_.size(); ++i) values.push_back(at({int32_t(i)}));
        const Weights none{std::vector<TensorView>{}};
        reference(op, ReferenceLaunch{values, shapes_, none, {}});
    }

private:
    int64_t place() {
        int64_t bytes = 0;
        for (const Shape& shape : shapes_.all) {
            offsets_.push_back(bytes);
            bytes += (shape.elements() * 4 + 63) / 64 * 64;
        }
        return bytes;
    }

    Shapes shapes_;
    std::vector<int64_t> offsets_;
    Memory memory_;
};

}  // namespace lgv::testing
