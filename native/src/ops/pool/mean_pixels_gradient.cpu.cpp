#include "ops/pool/mean_pixels_gradient.cpu.h"

namespace lgv {

CpuMeanPixelsGradient lower(const MeanPixelsGradient& op, const Shapes& shapes, Weights&, Isa) {
    const Shape& x = shapes[op.of.x];
    return {.op = op, .pixels = x.h * x.w, .channels = x.c};
}

CpuNeeds needs(const CpuMeanPixelsGradient&) { return {}; }
std::string algorithm(const CpuMeanPixelsGradient& op) { return op.op.dx.add ? "spread, added" : "spread"; }

void run(const CpuMeanPixelsGradient& op, const CpuLaunch& launch) {
    const auto pixels = float(op.pixels);
    launch.team.run(launch.rows, [&](int64_t n, int) {
        const float* dy = launch.at(op.op.dy) + n * op.channels;
        float* dx = launch.at(op.op.dx.value) + n * op.pixels * op.channels;
        for (int64_t p = 0; p < op.pixels; ++p, dx += op.channels) {
            for (int64_t c = 0; c < op.channels; ++c) {
                const float share = dy[c] / pixels;
                dx[c] = op.op.dx.add ? dx[c] + share : share;
            }
        }
    });
}

}  // namespace lgv
