// The packed weights of the direct convolution, float by float, in memory that held something else.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "ops/conv/conv_direct_pack.h"
#include "tests/ops/gemm_harness.h"

namespace lgv::testing {
namespace {

// [output block][phase][input block][tap][input of the block][output of the block], in plain loops.
std::vector<float> plainly(const DirectPacking& p, const std::vector<float>& values) {
    const int64_t block = p.kernels->block;
    std::vector<float> out;
    for (int64_t output_block = 0; output_block < p.outputs; output_block += block)
        for (const DirectPacking::Phase& phase : p.phases)
            for (int64_t input_block = 0; input_block < p.inputs; input_block += direct_channels)
                for (const std::vector<int32_t>& sources : phase.taps)
                    for (int64_t input = input_block; input < std::min(input_block + direct_channels, p.inputs); ++input)
                        for (int64_t output = output_block; output < output_block + block; ++output) {
                            double sum = 0;
                            for (const int32_t source : sources)
                                if (output < p.outputs) sum += values[size_t(p.first + output * p.output_step + input * p.input_step + source)];
                            out.push_back(float(sum) * p.scale);
                        }
    return out;
}

void expect_packed(DirectPacking p, const std::vector<std::vector<std::vector<int32_t>>>& phases, int64_t elements) {
    for (const auto& taps : phases) {
        p.phases.push_back({.weights = p.block_floats, .taps = taps});
        p.block_floats += p.inputs * int64_t(taps.size()) * p.kernels->block;
    }
    std::vector<float> values(static_cast<size_t>(elements));
    std::iota(values.begin(), values.end(), 1.0f);
    const std::vector<float> want = plainly(p, values);
    std::vector<float> got(want.size() + 1, std::nanf(""));
    pack(p, values, got.data());
    EXPECT_TRUE(std::isnan(got.back())) << "written behind the end";
    got.pop_back();
    EXPECT_EQ(got, want) << p.outputs << " outputs, " << p.inputs << " inputs, " << p.kernel_taps << " taps";
}

TEST(DirectPacking, writes_every_float_of_either_direction) {
    for (const Isa isa : all_isas())
        for (const int64_t taps : {1, 4, 9, 25})
            for (const int64_t k : {1, 16, 19, 33})
                for (const int64_t c : {1, 8, 16, 45}) {
                    std::vector<std::vector<int32_t>> each;
                    for (int32_t tap = 0; tap < taps; ++tap) each.push_back({int32_t(taps) - 1 - tap});
                    const DirectKernels& kernels = isa == Isa::avx512 ? direct_avx512 : direct_avx2;
                    const DirectPacking forward{.kernels = &kernels, .outputs = k, .inputs = c, .output_step = c * taps, .input_step = taps,
                                                .kernel_taps = taps};
                    expect_packed(forward, {each}, k * c * taps);
                    // Channels 3 .. of c + 5.
                    const DirectPacking data{.kernels = &kernels, .outputs = c, .inputs = k, .first = 3 * taps, .output_step = taps,
                                             .input_step = (c + 5) * taps, .kernel_taps = taps, .scale = 0.5f};
                    expect_packed(data, {each}, k * (c + 5) * taps);
                }
}

TEST(DirectPacking, adds_the_taps_of_a_phase_and_leaves_zeros_where_there_are_none) {
    for (const Isa isa : all_isas()) {
        const DirectKernels& kernels = isa == Isa::avx512 ? direct_avx512 : direct_avx2;
        const DirectPacking forward{.kernels = &kernels, .outputs = 21, .inputs = 18, .output_step = 18 * 9, .input_step = 9, .kernel_taps = 9};
        expect_packed(forward, {{{0}, {1, 2}, {3, 6}, {4, 5, 7, 8}}, {}, {{}, {8}}}, 21 * 18 * 9);
    }
}

}  // namespace
}  // namespace lgv::testing
