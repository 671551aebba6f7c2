#include "ops/affine/affine_gradient.cpu.h"

#include <algorithm>

namespace lgv {

namespace {

constexpr int64_t task_floats = 16 * 1024;

// `count` pixels' share of dy, `channels` floats of every `row`, into a derivative that has no others.
void share(const float* dy, int64_t row, int64_t count, int64_t channels, float scale, float divisor, bool add, float* dx) {
    for (int64_t p = 0; p < count; ++p, dy += row, dx += channels) {
        if (add) {
            for (int64_t c = 0; c < channels; ++c) dx[c] += scale * dy[c] / divisor;
        } else {
            for (int64_t c = 0; c < channels; ++c) dx[c] = scale * dy[c] / divisor;
        }
    }
}

}  // namespace

CpuAffineGradient lower(const AffineGradient& op, const Shapes& shapes, Weights&, Isa) {
    const Shape& x = shapes[op.of.x];
    return {.op = op, .pixels = x.h * x.w, .c1 = x.c, .c2 = op.of.x2 ? shapes[op.of.x2].c : 0};
}

CpuNeeds needs(const CpuAffineGradient&) { return {}; }
std::string algorithm(const CpuAffineGradient&) { return "elementwise"; }

void run(const CpuAffineGradient& op, const CpuLaunch& launch) {
    const int64_t c1 = op.c1, c2 = op.c2, channels = c1 + c2;
    const int64_t part = std::max(task_floats / channels, int64_t{1}), parts = (op.pixels + part - 1) / part;
    const float* dy = launch.at(op.op.dy);
    const float* divisors = op.op.of.divisor ? launch.at(op.op.of.divisor) : nullptr;
    float* dx = op.op.dx ? launch.at(op.op.dx.value) : nullptr;
    float* dx2 = op.op.dx2 ? launch.at(op.op.dx2.value) : nullptr;
    launch.team.run(launch.rows * parts, [&](int64_t task, int) {
        const int64_t n = task / parts, begin = n * op.pixels + task % parts * part, end = std::min(begin + part, (n + 1) * op.pixels);
        const float divisor = divisors != nullptr ? divisors[n] : 1.0f, scale = op.op.of.scale;
        const float* from = dy + begin * channels;
        if (dx != nullptr) share(from, channels, end - begin, c1, scale, divisor, op.op.dx.add, dx + begin * c1);
        if (dx2 != nullptr) share(from + c1, channels, end - begin, c2, scale, divisor, op.op.dx2.add, dx2 + begin * c2);
    });
}

}  // namespace lgv
