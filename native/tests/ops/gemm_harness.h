// Runs an op in its reference and its CPU form on pictures made of numbers, and checks what every CPU form must keep: it writes the live rows of its
// output and nothing else, and needs nothing that it was not given.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "base/philox.h"
#include "base/tensor_view.h"
#include "device/cpu/isa.h"
#include "device/cpu/team.h"
#include "device/memory.h"
#include "ops/cpu.h"
#include "ops/op.h"
#include "ops/weights.h"

namespace lgv::testing {

inline std::vector<Isa> all_isas() {
    std::vector<Isa> isas{Isa::avx2};
    if (choose_isa("") == Isa::avx512) isas.push_back(Isa::avx512);
    return isas;
}

inline std::vector<float> normals(uint64_t seed, int64_t count) {
    std::vector<float> out(static_cast<size_t>(count));
    philox_normals(seed, 0, Purpose::sample, 0, count, out.data());
    return out;
}

inline float largest(const std::vector<float>& values) {
    float most = 0;
    for (float v : values) most = std::max(most, std::abs(v));
    return most;
}

inline void expect_near(const std::vector<float>& got, const std::vector<float>& wanted, double tolerance) {
    ASSERT_EQ(got.size(), wanted.size());
    for (size_t i = 0; i < got.size(); ++i) ASSERT_NEAR(got[i], wanted[i], tolerance) << "element " << i;
}

inline void expect_same_bits(const float* got, const float* wanted, int64_t count) {
    for (int64_t i = 0; i < count; ++i) ASSERT_EQ(bits_of(got[i]), bits_of(wanted[i])) << "element " << i << ": " << got[i] << " and " << wanted[i];
}

// The tensors that an op is made of. A value's numbers for picture p are the normals of a seed made of both, times a factor, plus an offset.
class Bench {
public:
    // `image`: the shape of one image (n is ignored).
    Value value(const Shape& image, float factor = 1, float offset = 0) {
        images_.push_back({.shape = image, .factor = factor, .offset = offset});
        return {int32_t(images_.size()) - 1};
    }

    Parameter parameter(const std::vector<int64_t>& shape, float factor = 1, float offset = 0) {
        int64_t count = 1;
        for (int64_t n : shape) count *= n;
        std::vector<float> numbers = normals(900000 + parameters_.size(), count);
        for (float& v : numbers) v = v * factor + offset;
        parameters_.push_back({shape, std::move(numbers)});
        return {int32_t(parameters_.size()) - 1};
    }

    Shapes shapes(int64_t rows) const {
        Shapes all;
        for (const Numbers& v : images_) {
            Shape shape = v.shape;
            shape.n = rows;
            all.all.push_back(shape);
        }
        return all;
    }

    Weights weights() const {
        std::vector<TensorView> views;
        for (const Tensor& p : parameters_) views.push_back({DType::f32, p.shape, reinterpret_cast<const std::byte*>(p.numbers.data())});
        return Weights(views);
    }

    int64_t values() const { return int64_t(images_.size()); }
    int64_t parameters() const { return int64_t(parameters_.size()); }
    // weights() reads them where they are.
    std::vector<float>& numbers(Parameter parameter) { return parameters_[size_t(parameter.id)].numbers; }

    std::vector<float> numbers(Value value, int picture) const {
        const Numbers& v = images_[size_t(value.id)];
        std::vector<float> out = normals(uint64_t(picture) * 1000 + uint64_t(value.id), v.shape.per_image());
        for (float& x : out) x = x * v.factor + v.offset;
        return out;
    }

    // The output of all pictures, one after the other.
    template <class Op>
    std::vector<float> reference_of(const Op& op, const std::vector<int>& pictures) const {
        Shapes shapes = this->shapes(int64_t(pictures.size()));
        const Shape y = output_shape(op, shapes);
        shapes.all.push_back(y);
        std::vector<std::vector<float>> memory;
        std::vector<float*> values;
        for (const Shape& shape : shapes.all) memory.emplace_back(size_t(shape.elements()), std::nanf(""));
        for (auto& m : memory) values.push_back(m.data());
        for (Value in : op.inputs()) {
            if (!in) continue;
            for (size_t row = 0; row < pictures.size(); ++row) {
                const std::vector<float> x = numbers(in, pictures[row]);
                std::copy(x.begin(), x.end(), memory[size_t(in.id)].begin() + int64_t(row * x.size()));
            }
        }
        const Weights weights = this->weights();
        reference(op, ReferenceLaunch{values, shapes, weights, {int32_t(shapes.all.size()) - 1}});
        return memory.back();
    }

    // The same by the CPU form, in a program of `rows` rows of which the pictures are the first.
    template <class Op>
    std::vector<float> cpu_of(const Op& op, const std::vector<int>& pictures, Isa isa, int threads = 1, int64_t rows = 0) const {
        rows = std::max(rows, int64_t(pictures.size()));
        Shapes shapes = this->shapes(rows);
        const Shape y = output_shape(op, shapes);
        shapes.all.push_back(y);
        const Value out{int32_t(shapes.all.size()) - 1};
        Weights weights = this->weights();
        const auto lowered = lower(op, out, shapes, weights, isa);
        EXPECT_FALSE(algorithm(lowered).empty());

        const CpuNeeds wanted = needs(lowered);
        std::vector<int64_t> offsets;
        int64_t bytes = 0;
        const auto place = [&](int64_t size) {
            const int64_t at = bytes;
            bytes += (size + 63) / 64 * 64 + 64;
            return at;
        };
        for (const Shape& shape : shapes.all) offsets.push_back(place(shape.elements() * 4));
        const int64_t stride = (wanted.scratch_bytes + 63) / 64 * 64 + 64;
        const int64_t workspace = place(wanted.workspace_bytes), scratch = place(stride * threads);
        const Memory memory(bytes);
        uint32_t* words = reinterpret_cast<uint32_t*>(memory.data());
        std::fill(words, words + bytes / 4, poison);
        const auto at = [&](Value v) { return words + offsets[size_t(v.id)] / 4; };
        for (Value in : op.inputs()) {
            if (!in) continue;
            for (size_t row = 0; row < pictures.size(); ++row) {
                const std::vector<float> x = numbers(in, pictures[row]);
                std::memcpy(at(in) + row * x.size(), x.data(), x.size() * 4);
            }
        }
        std::vector<uint32_t> before(words, words + workspace / 4);

        ThreadTeam team(threads);
        run(lowered, CpuLaunch{team, int64_t(pictures.size()), memory.data(), offsets, memory.data() + workspace, memory.data() + scratch, stride});

        const int64_t live = y.per_image() * int64_t(pictures.size());
        std::vector<float> result(static_cast<size_t>(live));
        std::memcpy(result.data(), at(out), result.size() * 4);
        // Only the live part of the output may differ from what was there; neither workspace nor scratch may be overrun.
        std::copy_n(at(out), live, before.begin() + offsets[size_t(out.id)] / 4);
        EXPECT_EQ(std::memcmp(before.data(), words, before.size() * 4), 0) << "inputs, dead rows or the room between values were written to";
        for (int64_t word = (workspace + wanted.workspace_bytes + 3) / 4; word < scratch / 4; ++word) {
            EXPECT_EQ(words[word], poison) << "behind the workspace";
        }
        for (int thread = 0; thread < threads; ++thread) {
            for (int64_t word = (wanted.scratch_bytes + 3) / 4; word < stride / 4; ++word) {
                EXPECT_EQ(words[(scratch + thread * stride) / 4 + word], poison) << "behind the scratch of thread " << thread;
            }
        }
        return result;
    }

    // A picture's bits are its own: alone, in any batch, at any place, with dead rows behind it, by any number of threads.
    template <class Op>
    void expect_batch_invariance(const Op& op, Isa isa) const {
        const std::vector<float> alone = cpu_of(op, {7}, isa);
        const int64_t size = int64_t(alone.size());
        for (float v : alone) ASSERT_TRUE(std::isfinite(v));
        for (int rows : {1, 2, 3, 5, 8, 17}) {
            for (int threads : {1, 2, 3, 4}) {
                const int position = (rows * 5 + threads * 3) % rows;
                std::vector<int> pictures;
                for (int i = 0; i < rows; ++i) pictures.push_back(i == position ? 7 : 100 + 17 * threads + i);
                SCOPED_TRACE(::testing::Message() << name_of(isa) << ", place " << position << " of " << rows << " rows, " << threads << " threads");
                const std::vector<float> got = cpu_of(op, pictures, isa, threads, rows + threads % 2);
                expect_same_bits(got.data() + position * size, alone.data(), size);
                if (::testing::Test::HasFatalFailure()) return;
            }
        }
    }

private:
    static constexpr uint32_t poison = 0x7fc0dead;  // a NaN

    struct Numbers {
        Shape shape;
        float factor, offset;
    };
    struct Tensor {
        std::vector<int64_t> shape;
        std::vector<float> numbers;
    };

    std::vector<Numbers> images_;
    std::vector<Tensor> parameters_;
};

}  // namespace lgv::testing
