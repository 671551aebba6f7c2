// From a parameter in OIHW order to DirectConv::weights, where outputs and inputs are those of the direct convolution: of the layer itself, or, for the
// derivative of the data, the other way round. Reads and writes every float once (the kernel's taps as squares, transposed in registers), since a
// training step packs every weight again.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ops/conv/conv_direct_kernels.h"
#include "ops/op.h"

namespace lgv {

struct DirectPacking {
    struct Phase {
        int64_t weights = 0;                     // of DirectPhase
        std::vector<std::vector<int32_t>> taps;  // for each of its taps, the taps of the parameter that are added up, none: 0
    };

    const DirectKernels* kernels = nullptr;
    int64_t outputs = 0, inputs = 0;          // channels
    int64_t first = 0;                        // element of the parameter: of output 0, input 0, tap 0
    int64_t output_step = 0, input_step = 0;  // elements between channels
    int64_t kernel_taps = 0;                  // in a row
    float scale = 1;
    int64_t block_floats = 0;
    std::vector<Phase> phases;
};

// Made again at any time: every float of `out` is written.
void pack(const DirectPacking& packing, std::span<const float> values, float* out);

const float* packed(const DirectPacking& packing, Parameter weight, const std::string& form, Weights& weights);

}  // namespace lgv
