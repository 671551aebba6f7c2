// The loops of the weight gradient that are written for an instruction set, as function pointers, and what they are given.
//
// dw for one tap is a matrix product over pixels, x transposed times dy. A tile holds up to `most` channels of one of the two (`a`, broadcast) times
// `block` channels of the other (`b`, two vectors) in registers while it walks over the pixels that the tap reads, straight in NHWC memory; pixels whose
// tap lies in the padding are not walked over.
#pragma once

#include <cstdint>

namespace lgv {

struct WeightGradientTile {
    struct Pixels {
        const float* at;            // the tile's first channel of the first pixel
        int64_t image, row, pixel;  // floats from one to the next
    };
    Pixels a, b;
    int64_t images, rows, columns;
    int64_t lanes;  // channels of b that are there
    float* sums;    // [channels of a][1 or 2 vectors]
    bool begins;    // written, not added to
};

// to[lane * lane_step + channel * taps + tap] += scale * sums[tap * tap_step + channel * channel_step + lane]
struct WeightGradientScatter {
    const float* sums;
    int64_t tap_step, channel_step;  // floats between the sums of taps and of channels of a
    int64_t taps, channels, lanes;
    float scale;
    float* to;
    int64_t lane_step;
};

inline constexpr int weight_gradient_most = 14;

struct WeightGradientKernels {
    int64_t block;  // channels of b in a tile
    int64_t most;   // of a
    void (*tile[2][2][weight_gradient_most])(const WeightGradientTile&);  // [the last vector is whole][vectors - 1][channels of a - 1]
    void (*add)(float* to, const float* from, int64_t count);             // to += from
    void (*scatter)(const WeightGradientScatter&);
    void (*sum_image)(const float* dy, int64_t rows, int64_t columns, int64_t channels, float* sums);  // over its pixels, row by row
};

extern const WeightGradientKernels weight_gradient_avx512, weight_gradient_avx2;

}  // namespace lgv
