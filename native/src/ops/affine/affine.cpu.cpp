#include "ops/affine/affine.cpu.h"

#include <algorithm>

namespace lgv {

namespace {

constexpr int64_t task_floats = 16 * 1024;

void affine_row(const Affine& op, const float* x, int64_t count, float divisor, float* y) {
    const float scale = op.scale, shift = op.shift;
    for (int64_t i = 0; i < count; ++i) y[i] = (scale * x[i] + shift) / divisor;
}

}  // namespace

CpuAffine lower(const Affine& op, Value out, const Shapes& shapes, Weights&, Isa) {
    const Shape& x = shapes[op.x];
    return {.op = op, .out = out, .pixels = x.h * x.w, .c1 = x.c, .c2 = op.x2 ? shapes[op.x2].c : 0};
}

CpuNeeds needs(const CpuAffine&) { return {}; }
std::string algorithm(const CpuAffine&) { return "elementwise"; }

void run(const CpuAffine& op, const CpuLaunch& launch) {
    const int64_t c1 = op.c1, c2 = op.c2, channels = c1 + c2;
    const int64_t part = std::max(task_floats / channels, int64_t{1}), parts = (op.pixels + part - 1) / part;
    const float* x = launch.at(op.op.x);
    const float* x2 = op.op.x2 ? launch.at(op.op.x2) : nullptr;
    const float* divisors = op.op.divisor ? launch.at(op.op.divisor) : nullptr;
    float* y = launch.at(op.out);
    launch.team.run(launch.rows * parts, [&](int64_t task, int) {
        const int64_t n = task / parts, begin = n * op.pixels + task % parts * part, end = std::min(begin + part, (n + 1) * op.pixels);
        const float divisor = divisors != nullptr ? divisors[n] : 1.0f;
        if (x2 == nullptr) return affine_row(op.op, x + begin * c1, (end - begin) * c1, divisor, y + begin * c1);
        for (int64_t p = begin; p < end; ++p) {
            affine_row(op.op, x + p * c1, c1, divisor, y + p * channels);
            affine_row(op.op, x2 + p * c2, c2, divisor, y + p * channels + c1);
        }
    });
}

}  // namespace lgv
