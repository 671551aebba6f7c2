#include "ops/resample/resample.cpu.h"

#include "base/error.h"
#include "ops/resample/resample_kernels.h"
#include "ops/resample/resample_taps.h"

namespace lgv {

extern const ResampleKernels resample_avx512;
extern const ResampleKernels resample_avx2;

namespace {

// Of one output along one axis.
AxisTaps taps_of(ResampleKind kind, int64_t i, int64_t extent) {
    AxisTaps taps;
    switch (kind) {
        case ResampleKind::average:
            taps.add(2 * i, 0.5f, extent);
            taps.add(2 * i + 1, 0.5f, extent);
            break;
        case ResampleKind::fir_down:
            taps.add(2 * i - 1, 0.125f, extent);
            taps.add(2 * i, 0.375f, extent);
            taps.add(2 * i + 1, 0.375f, extent);
            taps.add(2 * i + 2, 0.125f, extent);
            break;
        case ResampleKind::nearest: taps.add(i / 2, 1, extent); break;
        case ResampleKind::fir_up:
            taps.add((i + 1) / 2 - 1, i % 2 == 0 ? 0.25f : 0.75f, extent);
            taps.add((i + 1) / 2, i % 2 == 0 ? 0.75f : 0.25f, extent);
            break;
    }
    return taps;
}

}  // namespace

CpuResample lower(const Resample& op, Value out, const Shapes& shapes, Weights&, Isa isa) {
    const Shape& x = shapes[op.x];
    return {.op = op,
            .out = out,
            .kernels = isa == Isa::avx512 ? &resample_avx512 : &resample_avx2,
            .h = x.h,
            .w = x.w,
            .channels = x.c,
            .isa = isa};
}

CpuNeeds needs(const CpuResample&) { return {}; }

std::string algorithm(const CpuResample& op) {
    static constexpr const char* names[] = {"average", "fir down", "nearest", "fir up"};
    return text(names[int(op.op.kind)], " ", name_of(op.isa));
}

void run(const CpuResample& op, const CpuLaunch& launch) {
    const bool down = halves(op.op.kind);
    const int64_t height = down ? op.h / 2 : 2 * op.h, width = down ? op.w / 2 : 2 * op.w;
    const float* x = launch.at(op.op.x);
    float* y = launch.at(op.out);
    launch.team.run(launch.rows * height, [&](int64_t task, int) {
        const float* image = x + task / height * op.h * op.w * op.channels;
        float* to = y + task * width * op.channels;
        const AxisTaps rows = taps_of(op.op.kind, task % height, op.h);
        for (int64_t j = 0; j < width; ++j, to += op.channels) {
            const AxisTaps columns = taps_of(op.op.kind, j, op.w);
            ResampleTaps taps;
            taps.count = 0;
            add_taps(rows, columns, image, op.w, op.channels, taps);
            op.kernels->pixel(taps, to, op.channels);
        }
    });
}

}  // namespace lgv
