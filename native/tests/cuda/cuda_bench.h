// Runs the CUDA form of an op on the numbers of a Bench (gemm_harness.h), on whatever is behind device/cuda/runtime.h: the emulator or a GPU. Checks what every
// CUDA form must keep: it writes the live rows of its output and nothing else, reads nothing that it was not given, and a row's bits are its own.
//
//     Bench bench;
//     const GroupNorm op{.x = bench.value({1, 5, 3, 8}), ...};
//     expect_cuda_near(bench, op, CudaType::bf16, bf16_tolerance);
//     expect_cuda_batch_invariance(bench, op, CudaType::bf16);
#pragma once

#include <gtest/gtest.h>

#include "base/bf16.h"
#include "ops/cuda.h"
#include "ops/cuda_weights.h"
#include "tests/ops/gemm_harness.h"

namespace lgv::testing {

// bfloat16 has 8 bits: half a unit in the last place is 2^-9 of the number, and an op rounds its result once; inputs are rounded before both forms see them.
// design.md's law for a single op, relative to the larger of the element and the tensor's scale (cancellation leaves errors of the scale of what was added).
constexpr double bf16_tolerance = 0x1p-8;
constexpr double f32_tolerance = 1e-5;

// What is told about an emulator's findings after each run (nothing, on a GPU): tests/cuda/main.cpp.
void expect_no_findings();

struct CudaRun {
    CudaType type = CudaType::f32;      // of values
    CudaType in = CudaType::f32, out = CudaType::f32;  // of the op's x and of its output, where they are a network's
    CudaTarget target;

    static CudaRun of(CudaType type) { return {type, type, type, {}}; }
};

// The picture's numbers as the device will see them.
inline std::vector<float> rounded(std::vector<float> numbers, CudaType type) {
    if (type == CudaType::bf16) {
        for (float& v : numbers) v = to_float(to_bf16(v));
    }
    return numbers;
}

template <class Op>
class CudaBench {
public:
    // `first`: the value whose type is `how.in`. `labels`: values of int32 (their numbers are given as floats, and rounded).
    CudaBench(const Bench& bench, const Op& op, const CudaRun& how, Value first = {}, std::vector<Value> floats = {}, std::vector<Value> labels = {})
        : bench_(bench), op_(op), how_(how), first_(first), floats_(std::move(floats)), labels_(std::move(labels)) {}

    // The output of the pictures, one after the other, in a program of `rows` rows.
    std::vector<float> run_pictures(const std::vector<int>& pictures, int64_t rows = 0) const {
        rows = std::max(rows, int64_t(pictures.size()));
        Shapes shapes = bench_.shapes(rows);
        const Shape y = output_shape(op_, shapes);
        shapes.all.push_back(y);
        const Value out{int32_t(shapes.all.size()) - 1};
        CudaTypes types;
        for (int32_t id = 0; id < out.id; ++id) types.all.push_back(type_of({id}));
        types.all.push_back(how_.out);

        const Weights source = bench_.weights();
        CudaWeights weights(source);
        const auto lowered = lower(op_, out, shapes, types, weights, how_.target);
        EXPECT_FALSE(algorithm(lowered).empty());

        // Each value is memory of its own, so that whoever runs past its end is caught there; offsets are from the first.
        std::vector<DeviceMemory> memory;
        std::vector<std::vector<std::byte>> host;
        std::vector<int64_t> offsets;
        for (size_t i = 0; i < shapes.all.size(); ++i) {
            host.emplace_back(size_t(shapes.all[i].elements() * size_of(types.all[i])), std::byte{0xff});
            memory.emplace_back(int64_t(host[i].size()));
            offsets.push_back(memory[i].data() - memory[0].data());
        }
        for (const Value in : op_.inputs()) {
            if (!in) continue;
            std::byte* to = host[size_t(in.id)].data();
            for (const int picture : pictures) to = write(to, bench_.numbers(in, picture), types[in]);
        }
        const DeviceMemory workspace(needs(lowered).workspace_bytes);
        for (size_t i = 0; i < host.size(); ++i) upload(memory[i].data(), host[i].data(), memory[i].bytes());
        run(lowered, CudaLaunch{nullptr, int64_t(pictures.size()), memory[0].data(), offsets, workspace.data()});

        const int64_t live = y.per_image() * int64_t(pictures.size());
        std::vector<float> result(static_cast<size_t>(live));
        for (size_t i = 0; i < host.size(); ++i) {
            std::vector<std::byte> after(host[i].size());
            download(after.data(), memory[i].data(), memory[i].bytes());
            if (int32_t(i) == out.id) {
                for (int64_t k = 0; k < live; ++k) result[size_t(k)] = read(after.data(), k, how_.out);
                std::copy_n(after.begin(), live * size_of(how_.out), host[i].begin());
            }
            EXPECT_EQ(after, host[i]) << "inputs or dead rows were written to";
        }
        expect_no_findings();
        return result;
    }

    // The reference on the numbers as the device sees them: values and weights rounded to the type.
    std::vector<float> reference_of(const std::vector<int>& pictures) const {
        Shapes shapes = bench_.shapes(int64_t(pictures.size()));
        shapes.all.push_back(output_shape(op_, shapes));
        std::vector<std::vector<float>> memory;
        std::vector<float*> values;
        for (const Shape& shape : shapes.all) memory.emplace_back(size_t(shape.elements()), std::nanf(""));
        for (auto& m : memory) values.push_back(m.data());
        for (const Value in : op_.inputs()) {
            if (!in) continue;
            std::byte* to = reinterpret_cast<std::byte*>(memory[size_t(in.id)].data());
            for (const int picture : pictures) {
                const CudaType type = type_of(in);
                to = write(to, rounded(bench_.numbers(in, picture), type), type == CudaType::i32 ? type : CudaType::f32);
            }
        }
        Bench weights_bench = bench_;
        if (how_.type == CudaType::bf16) {
            for (int32_t id = 0; id < int32_t(bench_.parameters()); ++id) {
                std::vector<float>& numbers = weights_bench.numbers(Parameter{id});
                if (bench_.weights().shape({id}).size() > 1) numbers = rounded(numbers, CudaType::bf16);  // biases and norms stay float32
            }
        }
        const Weights weights = weights_bench.weights();
        reference(op_, ReferenceLaunch{values, shapes, weights, {int32_t(shapes.all.size()) - 1}});
        return memory.back();
    }

    void expect_near(double tolerance, const std::vector<int>& pictures = {3, 7}, int64_t rows = 3) const {
        const std::vector<float> got = run_pictures(pictures, rows), wanted = reference_of(pictures);
        ASSERT_EQ(got.size(), wanted.size());
        double scale = 0;
        for (const float v : wanted) scale = std::max(scale, std::abs(double(v)));
        for (size_t i = 0; i < got.size(); ++i) ASSERT_NEAR(got[i], wanted[i], tolerance * std::max(scale, std::abs(double(wanted[i])))) << "element " << i;
    }

    void expect_batch_invariance() const {
        const std::vector<float> alone = run_pictures({7});
        const int64_t size = int64_t(alone.size());
        for (const float v : alone) ASSERT_TRUE(std::isfinite(v));
        for (const int rows : {2, 5}) {
            std::vector<int> pictures;
            const int position = rows - 2;
            for (int i = 0; i < rows; ++i) pictures.push_back(i == position ? 7 : 100 + i);
            SCOPED_TRACE(::testing::Message() << "place " << position << " of " << rows);
            const std::vector<float> got = run_pictures(pictures, rows + 1);
            expect_same_bits(got.data() + position * size, alone.data(), size);
            if (::testing::Test::HasFatalFailure()) return;
        }
    }

private:
    CudaType type_of(Value value) const {
        for (const Value label : labels_) if (label == value) return CudaType::i32;
        for (const Value number : floats_) if (number == value) return CudaType::f32;
        return first_ && first_ == value ? how_.in : how_.type;
    }

    static std::byte* write(std::byte* to, const std::vector<float>& numbers, CudaType type) {
        for (const float v : numbers) {
            const bf16 half = to_bf16(v);
            const int32_t label = int32_t(v);
            const void* from = type == CudaType::bf16 ? static_cast<const void*>(&half) : type == CudaType::i32 ? static_cast<const void*>(&label) : &v;
            std::memcpy(to, from, size_t(size_of(type)));
            to += size_of(type);
        }
        return to;
    }

    static float read(const std::byte* from, int64_t i, CudaType type) {
        if (type == CudaType::bf16) {
            bf16 half;
            std::memcpy(&half, from + 2 * i, 2);
            return to_float(half);
        }
        float v;
        std::memcpy(&v, from + 4 * i, 4);
        return v;
    }

    const Bench& bench_;
    const Op& op_;
    CudaRun how_;
    Value first_;
    std::vector<Value> floats_, labels_;
};

}  // namespace lgv::testing
