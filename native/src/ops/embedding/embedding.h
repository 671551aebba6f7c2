// What the network is told besides the image: the timestep as a row of sines (Ho et al. 2020, after Vaswani et al. 2017), or the noise level as sines of
// random frequencies (Song et al. 2021), and labels as rows of a table.
//
// Next to nothing beside a convolution: C sines an image, one row copied.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "ops/op.h"

namespace lgv {

// y[n] = [sin(t w_0), sin(t w_1) ..., cos(t w_0), cos(t w_1) ...], w_i = exp(-ln(10000) i / (channels/2 - freq_shift)); cosines first with
// cosine_first; a last 0 where channels is odd (and nothing else where it is 1). t: [N, 1, 1, 1] float32   y: [N, 1, 1, channels]
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

// y[n] = [sin(2 pi w_0 ln t), sin(2 pi w_1 ln t) ..., cos(2 pi w_0 ln t), ...]. t: [N, 1, 1, 1] float32, above 0   w: [C]   y: [N, 1, 1, 2C]
// In double until the sines are taken: angles reach some thousand, and PyTorch's own float32 ones are rounded by up to 1e-4.
struct FourierEmbedding {
    Value t;
    Parameter frequencies;
    int32_t channels = 0;  // C

    std::array<Value, 1> inputs() const { return {t}; }
    std::array<Parameter, 1> parameters() const { return {frequencies}; }
};

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
Shape output_shape(const FourierEmbedding& op, const Shapes& shapes);
Shape output_shape(const LabelEmbedding& op, const Shapes& shapes);
Cost cost(const TimestepEmbedding& op, const Shapes& shapes);
Cost cost(const FourierEmbedding& op, const Shapes& shapes);
Cost cost(const LabelEmbedding& op, const Shapes& shapes);
template <class Real>
void reference(const TimestepEmbedding& op, const ReferenceLaunchOf<Real>& launch);
template <class Real>
void reference(const FourierEmbedding& op, const ReferenceLaunchOf<Real>& launch);
template <class Real>
void reference(const LabelEmbedding& op, const ReferenceLaunchOf<Real>& launch);

}  // namespace lgv
