// What the network is told besides the image: the timestep as a row of sines (Ho et al. 2020, after Vaswani et al. 2017), the label as
// a row of a table.
//
// Next to nothing beside a convolution: C sines an image, one row copied.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "ops/op.h"

namespace lgv {

// y[n] = [sin(t w_0), sin(t w_1) ..., cos(t w_0), cos(t w_1) ...], w_i = exp(-ln(10000) i / (channels/2 - freq_shift)); cosines first with
// cosine_first; a last 0 where channels is odd. t: [N, 1, 1, 1] float32   y: [N, 1, 1, channels]
struct TimestepEmbedding {
    Value t;
    int32_t channels = 0;
    bool cosine_first = false;
    float freq_shift = 0;

    std::array<Value, 1> inputs() const { return {t}; }
    std::array<Parameter, 0> parameters() const { return {}; }
};

// w_0, w_1 ... (channels / 2 of them) as diffusers has them: float32, each operation rounded (the exponential correctly; torch's is within 1 ulp).
// t goes to 1000, so an ulp of w_i moves a sine by up to 6e-5: these roundings are part of what a model was trained with.
std::vector<float> frequencies(const TimestepEmbedding& op);

// y[n] = table[label[n]]. label: [N, 1, 1, 1] int32, checked by who wrote it   table: [rows, channels]   y: [N, 1, 1, channels]
struct LabelEmbedding {
    Value label;
    Parameter table;
    int32_t rows = 0;
    int32_t channels = 0;

    std::array<Value, 1> inputs() const { return {label}; }
    std::array<Parameter, 1> parameters() const { return {table}; }
};

Shape output_shape(const TimestepEmbedding& op, const Shapes& shapes);
Shape output_shape(const LabelEmbedding& op, const Shapes& shapes);
Cost cost(const TimestepEmbedding& op, const Shapes& shapes);
Cost cost(const LabelEmbedding& op, const Shapes& shapes);
void reference(const TimestepEmbedding& op, const ReferenceLaunch& launch);
void reference(const LabelEmbedding& op, const ReferenceLaunch& launch);

}  // namespace lgv
