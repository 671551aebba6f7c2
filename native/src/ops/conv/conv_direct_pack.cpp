#include "ops/conv/conv_direct_pack.h"

#include <algorithm>

#include "ops/weights.h"

namespace lgv {

void pack(const DirectPacking& packing, std::span<const float> values, float* out) {
    const DirectKernels& kernels = *packing.kernels;
    const int64_t block = kernels.block, half = block / 2, taps = packing.kernel_taps;
    const bool in_a_row = packing.input_step == taps;
    std::vector<float> columns(size_t(direct_channels * taps * half));
    for (int64_t output = 0; output < packing.outputs; output += block, out += packing.block_floats)
        for (int64_t input = 0; input < packing.inputs; input += direct_channels)
            for (int64_t lane = 0; lane < block; lane += half) {
                const int64_t inputs = std::min(direct_channels, packing.inputs - input);
                kernels.make_columns({
                    .from = values.data() + packing.first + (output + lane) * packing.output_step + input * packing.input_step,
                    .outputs = std::clamp<int64_t>(packing.outputs - output - lane, 0, half),
                    .output_step = packing.output_step,
                    .runs = in_a_row ? 1 : inputs,
                    .run_step = packing.input_step,
                    .length = in_a_row ? inputs * taps : taps,
                    .columns = columns.data(),
                });
                for (const DirectPacking::Phase& phase : packing.phases) {
                    float* to = out + phase.weights + input * int64_t(phase.taps.size()) * block + lane;
                    for (const std::vector<int32_t>& sources : phase.taps) {
                        kernels.pack_tap({.columns = columns.data(), .inputs = inputs, .taps = taps, .sources = sources.data(),
                                          .source_count = int64_t(sources.size()), .scale = packing.scale, .to = to});
                        to += inputs * block;
                    }
                }
            }
}

const float* packed(const DirectPacking& packing, Parameter weight, const std::string& form, Weights& weights) {
    const int64_t blocks = (packing.outputs + packing.kernels->block - 1) / packing.kernels->block;
    return weights.packed(weight, form, blocks * packing.block_floats,
                          [packing](std::span<const float> values, float* out) { pack(packing, values, out); });
}

}  // namespace lgv
