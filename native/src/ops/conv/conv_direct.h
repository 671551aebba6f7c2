// Convolution by our own kernels: any shape, no library. conv_direct_kernels.h has the two loops that are written for an instruction set.
//
// Planned per layer: the packed weights and the rows of a band, so that what a band reads stays in the second-level cache. Decided at launch: into
// how many groups the output channels are cut, so that every thread has work. Neither changes a bit of the result: an output element is one chain
// of operations, whoever computes it and wherever it is interrupted.
//
// A convolution over a nearest-neighbour upsampled image is four convolutions over the image itself, one for each parity of the output pixel: taps
// that meet the same pixel are added beforehand. A 3x3 kernel becomes four of 2x2: 16 multiply-adds where there were 36.
//
// What was tried and lost, on Zen 4: unrolling the loop over a block's channels, prefetching weights a few taps ahead, tiles of two rows. What paid:
// asking for the next chunk of weights while this one is in use (8x8 and 4x4 images, whose weights come from memory: 1.1 to 1.4 times), and chunks.
#pragma once

#include <cstdint>
#include <vector>

#include "ops/conv/conv.h"
#include "ops/conv/conv_direct_kernels.h"
#include "ops/cpu.h"

namespace lgv {

class Weights;

// Output pixels (out_y + step * i, out_x + step * j) for i < rows, j < columns. Tap (r, s) of (i, j) reads pixel
// (i * stride + y + r, j * stride + x + s).
struct DirectPhase {
    int64_t out_y = 0, out_x = 0;
    int64_t rows = 0, columns = 0;
    int64_t y = 0, x = 0;
    int64_t kernel_h = 0, kernel_w = 0;
    int64_t weights = 0;        // where its weights begin in those of an output block
    std::vector<int64_t> taps;  // of DirectTile
};

struct DirectConv {
    const DirectKernels* kernels = nullptr;
    int64_t rows = 0, columns = 0;  // of the image that is read: twice the stored one if zoom_shift is 1
    int64_t zoom_shift = 0;
    int64_t channels = 0, channels2 = 0;
    int64_t out_rows = 0, out_columns = 0, out_channels = 0;
    int64_t stride = 1, step = 1;
    std::vector<DirectPhase> phases;
    const float* weights = nullptr;  // [output block][phase][channel block][r][s][channel][block]
    int64_t block_floats = 0;        // of an output block
    const float* bias = nullptr;     // padded with zeros to whole blocks, or none
    int64_t bands = 0, band_rows = 0;  // in rows of a phase
    int64_t first_column = 0, buffer_columns = 0, columns_per_phase = 0;
    int64_t block_step = 0, row_step = 0;
    int64_t buffer_floats = 0, partial_floats = 0;

    int64_t scratch_bytes() const { return (buffer_floats + partial_floats) * int64_t(sizeof(float)); }
};

// What follows from the kernels, the image, the channels, the output, strides and phases: where the phases' weights begin, bands and the buffer.
void finish_plan(DirectConv& plan);

DirectConv plan_direct(const Conv2d& op, Value out, const Shapes& shapes, Weights& weights, const DirectKernels& kernels);

void run_direct(const DirectConv& plan, const Conv2d& op, Value out, const CpuLaunch& launch);

}  // namespace lgv
