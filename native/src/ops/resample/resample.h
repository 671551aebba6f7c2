// Half or twice the height and width, channel by channel, without weights.
//
// y[n, i, j, c] = sum over taps (r, u) of i and (s, v) of j: u v x[n, r, s, c]; outside x is 0. Along one axis an output has the taps
//     average         2i: 1/2   2i+1: 1/2                                       (2x2 average; an odd last row or column is left out)
//     fir_down        2i-1: 1/8   2i: 3/8   2i+1: 3/8   2i+2: 1/8               (Karras et al. 2019, kernel (1, 3, 3, 1))
//     nearest         i/2: 1
//     fir_up          even i: i/2-1: 1/4   i/2: 3/4     odd i: (i-1)/2: 3/4   (i+1)/2: 1/4
// x: [N, H, W, C]   y: [N, H/2, W/2, C] or [N, 2H, 2W, C]. Every weight is a float exactly.
// Up to 16 taps an output (fir_down), which come from the cache: bound by memory.
#pragma once

#include <array>
#include <cstdint>

#include "ops/op.h"

namespace lgv {

enum class ResampleKind { average, fir_down, nearest, fir_up };

constexpr bool halves(ResampleKind kind) { return kind == ResampleKind::average || kind == ResampleKind::fir_down; }

struct Resample {
    Value x;
    ResampleKind kind = ResampleKind::average;

    std::array<Value, 1> inputs() const { return {x}; }
    std::array<Parameter, 0> parameters() const { return {}; }
};

Shape output_shape(const Resample& op, const Shapes& shapes);
Cost cost(const Resample& op, const Shapes& shapes);
template <class Real>
void reference(const Resample& op, const ReferenceLaunchOf<Real>& launch);

}  // namespace lgv
