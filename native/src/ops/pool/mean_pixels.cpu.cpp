#include "ops/pool/mean_pixels.cpu.h"

#include <algorithm>

namespace lgv {

namespace {

constexpr int64_t block = 64;  // channels whose sums are kept at once

}  // namespace

CpuMeanPixels lower(const MeanPixels& op, Value out, const Shapes& shapes, Weights&, Isa) {
    const Shape& x = shapes[op.x];
    return {.op = op, .out = out, .pixels = x.h * x.w, .channels = x.c};
}

CpuNeeds needs(const CpuMeanPixels&) { return {}; }
std::string algorithm(const CpuMeanPixels&) { return "in order, double"; }

void run(const CpuMeanPixels& op, const CpuLaunch& launch) {
    launch.team.run(launch.rows, [&](int64_t n, int) {
        const float* x = launch.at(op.op.x) + n * op.pixels * op.channels;
        float* y = launch.at(op.out) + n * op.channels;
        for (int64_t first = 0; first < op.channels; first += block) {
            const int64_t count = std::min(block, op.channels - first);
            double sums[block] = {};
            for (int64_t p = 0; p < op.pixels; ++p) {
                const float* pixel = x + p * op.channels + first;
                for (int64_t c = 0; c < count; ++c) sums[c] += double(pixel[c]);
            }
            for (int64_t c = 0; c < count; ++c) y[first + c] = float(sums[c] / double(op.pixels));
        }
    });
}

}  // namespace lgv
