// Sweeps over numbers side by side, for one instruction set. Every number is by itself, so callers may cut them anywhere.
#pragma once

#include <cstdint>

#include "device/cpu/isa.h"
#include "ops/op.h"

namespace lgv {

struct PointwiseKernels {
    // dz[i] = scale * (dy[i] act'(z[i])), or with `add` dz[i] + that, fused.
    void (*activation_gradient)(const float* z, const float* dy, int64_t count, Activation act, float scale, bool add, float* dz);
    // out[i] = scale * x[i], or with `add` out[i] + that, fused.
    void (*scaled)(const float* x, int64_t count, float scale, bool add, float* out);
};

const PointwiseKernels& pointwise_kernels(Isa isa);

// Numbers in a task: what it reads and writes is in the second-level cache.
constexpr int64_t pointwise_task = 16 * 1024;

}  // namespace lgv
