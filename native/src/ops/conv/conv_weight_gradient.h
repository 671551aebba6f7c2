// How dw, dbias and dtime are computed: what lower() plans and run() follows.
//
// A *job* is one tap's pixels: dw[.., r, s] of a plain convolution is the sum over the output pixels whose tap (r, s) lies in the image. Over an upsampled
// image output pixels are taken by parity, and the taps of a parity that meet the same pixel of x are one job whose sum goes to all of them: a 3x3 kernel
// is 16 jobs of a quarter of the pixels, 16 multiply-adds where there were 36.
// A *piece* is a tile's channels (conv_weight_gradient_kernels.h): up to 14 channels of x times 32 of dy, or, where that leaves fewer lanes empty, the
// other way round. It keeps the sums of all jobs. Consecutive pieces that share their 32 channels are a *task*.
// Where tasks are few, images are cut into *slices* (by the program's rows, never by threads) that sum for themselves and are added in order.
// Within a task, images come outermost in units (a band of rows, or several small images), so that all of a unit's reads but the first hit a cache;
// a unit's pixels are one chain of fused multiply-adds, units are added one after the other.
#pragma once

#include <cstdint>
#include <vector>

#include "ops/conv/conv_gradient.h"
#include "ops/conv/conv_weight_gradient_kernels.h"
#include "ops/cpu.h"

namespace lgv {

struct WeightGradient {
    // Along one axis: output pixels y + y_step * m meet pixels x + x_step * m, for first <= m < last. Both are inside their images.
    struct AxisJob {
        int64_t y, y_step, x, x_step;
        int64_t first, last;
        std::vector<int32_t> taps;  // the r whose derivative this is a part of
    };

    struct Piece {
        int source;             // 0: x, 1: x2
        int64_t c, c_count, k, k_count;
    };

    const WeightGradientKernels* kernels = nullptr;
    bool outputs_on_lanes = true;  // b is dy
    int64_t x_rows = 0, x_columns = 0, channels[2] = {0, 0};
    int64_t y_rows = 0, y_columns = 0, out_channels = 0;
    int64_t kernel = 0;
    std::vector<AxisJob> down, across;  // a job is a pair of them
    std::vector<Piece> pieces;
    std::vector<int64_t> tasks;  // the first piece of each, and the number of pieces
    int64_t slices = 1;
    int64_t job_rows = 0;                    // of the job with the most, in m
    int64_t unit_images = 1, unit_rows = 1;  // rows in m
    int64_t piece_floats = 0;                // at most: sums of all jobs
    int64_t task_pieces = 0;                 // at most
    int64_t rows = 0;                        // of the program

    int64_t task_count() const { return int64_t(tasks.size()) - 1; }
    int64_t jobs() const { return int64_t(down.size() * across.size()); }
    CpuNeeds needs() const;
};

WeightGradient plan_weight_gradient(const Conv2dWeightGradient& op, const Shapes& shapes, const WeightGradientKernels& kernels);

void run_weight_gradient(const WeightGradient& plan, const Conv2dWeightGradient& op, const CpuLaunch& launch);

}  // namespace lgv
