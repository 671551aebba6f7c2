#include "ops/resample/resample_gradient.cpu.h"

#include <algorithm>

#include "base/error.h"
#include "ops/resample/resample_kernels.h"
#include "ops/resample/resample_taps.h"

namespace lgv {

extern const ResampleKernels resample_avx512;
extern const ResampleKernels resample_avx2;

namespace {

// The outputs along one axis that have pixel r among their taps: the table of resample.h, read by columns. `extent`: of the outputs.
AxisTaps readers_of(ResampleKind kind, int64_t r, int64_t extent) {
    AxisTaps taps;
    switch (kind) {
        case ResampleKind::average: taps.add(r / 2, 0.5f, extent); break;
        case ResampleKind::fir_down:
            taps.add((r + 1) / 2 - 1, r % 2 == 0 ? 0.125f : 0.375f, extent);
            taps.add((r + 1) / 2, r % 2 == 0 ? 0.375f : 0.125f, extent);
            break;
        case ResampleKind::nearest:
            taps.add(2 * r, 1, extent);
            taps.add(2 * r + 1, 1, extent);
            break;
        case ResampleKind::fir_up:
            taps.add(2 * r - 1, 0.25f, extent);
            taps.add(2 * r, 0.75f, extent);
            taps.add(2 * r + 1, 0.75f, extent);
            taps.add(2 * r + 2, 0.25f, extent);
            break;
    }
    return taps;
}

}  // namespace

CpuResampleGradient lower(const ResampleGradient& op, const Shapes& shapes, Weights&, Isa isa) {
    const Shape &x = shapes[op.of.x], &dy = shapes[op.dy];
    return {.op = op,
            .kernels = isa == Isa::avx512 ? &resample_avx512 : &resample_avx2,
            .h = x.h,
            .w = x.w,
            .channels = x.c,
            .out_h = dy.h,
            .out_w = dy.w,
            .isa = isa};
}

CpuNeeds needs(const CpuResampleGradient&) { return {}; }

std::string algorithm(const CpuResampleGradient& op) {
    static constexpr const char* names[] = {"average", "fir down", "nearest", "fir up"};
    return text(names[int(op.op.of.kind)], ", gathered ", name_of(op.isa));
}

void run(const CpuResampleGradient& op, const CpuLaunch& launch) {
    const float* dy = launch.at(op.op.dy);
    float* dx = launch.at(op.op.dx.value);
    launch.team.run(launch.rows * op.h, [&](int64_t task, int) {
        const float* image = dy + task / op.h * op.out_h * op.out_w * op.channels;
        float* to = dx + task * op.w * op.channels;
        const AxisTaps rows = readers_of(op.op.of.kind, task % op.h, op.out_h);
        for (int64_t s = 0; s < op.w; ++s, to += op.channels) {
            ResampleTaps taps;
            taps.count = 0;
            if (op.op.dx.add) {
                taps.x[0] = to;
                taps.weight[taps.count++] = 1;
            }
            add_taps(rows, readers_of(op.op.of.kind, s, op.out_w), image, op.out_w, op.channels, taps);
            if (taps.count == 0) {  // the odd last row or column that an average leaves out
                std::fill_n(to, op.channels, 0.0f);
            } else {
                op.kernels->pixel(taps, to, op.channels);
            }
        }
    });
}

}  // namespace lgv
