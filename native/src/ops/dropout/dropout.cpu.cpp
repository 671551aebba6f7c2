#include "ops/dropout/dropout.cpu.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "ops/dropout/dropout_kernels.h"

namespace lgv {

extern const DropoutKernels dropout_avx512;
extern const DropoutKernels dropout_avx2;

namespace {

constexpr int64_t task_elements = 16 * 1024;  // a multiple of the four that share a counter

const DropoutKernels* kernels_of(Isa isa) { return isa == Isa::avx512 ? &dropout_avx512 : &dropout_avx2; }

void sweep(const DropoutKernels& kernels, const Dropout& op, int64_t size, const CpuLaunch& launch, const float* x, bool add, float* y) {
    // p < 1 is at most 1 - 2^-24, so this fits; words are integers, so rounding up changes no comparison.
    const auto threshold = uint32_t(std::ceil(double(op.p) * 0x1p32));
    const auto factor = float(1 / (1 - double(op.p)));
    const float* keys = launch.at(op.key);
    const int64_t parts = (size + task_elements - 1) / task_elements;
    launch.team.run(launch.rows * parts, [&](int64_t task, int) {
        const int64_t image = task / parts, begin = task % parts * task_elements, count = std::min(task_elements, size - begin);
        uint32_t key[2];
        std::memcpy(key, keys + 2 * image, sizeof key);
        const DropoutMask mask{key[0], key[1], uint32_t(op.layer), threshold};
        kernels.apply(mask, uint32_t(begin / 4), x + image * size + begin, count, factor, add, y + image * size + begin);
    });
}

}  // namespace

CpuDropout lower(const Dropout& op, Value out, const Shapes& shapes, Weights&, Isa isa) {
    return {.op = op, .out = out, .kernels = kernels_of(isa), .size = shapes[op.x].per_image(), .isa = isa};
}

CpuDropoutGradient lower(const DropoutGradient& op, const Shapes& shapes, Weights&, Isa isa) {
    return {.op = op, .kernels = kernels_of(isa), .size = shapes[op.dy].per_image(), .isa = isa};
}

CpuNeeds needs(const CpuDropout&) { return {}; }
CpuNeeds needs(const CpuDropoutGradient&) { return {}; }
std::string algorithm(const CpuDropout& op) { return text("philox ", name_of(op.isa)); }
std::string algorithm(const CpuDropoutGradient& op) { return text("philox ", name_of(op.isa)); }

void run(const CpuDropout& op, const CpuLaunch& launch) { sweep(*op.kernels, op.op, op.size, launch, launch.at(op.op.x), false, launch.at(op.out)); }

void run(const CpuDropoutGradient& op, const CpuLaunch& launch) {
    sweep(*op.kernels, op.op.of, op.size, launch, launch.at(op.op.dy), op.op.dx.add, launch.at(op.op.dx.value));
}

}  // namespace lgv
