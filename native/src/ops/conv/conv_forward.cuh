// Device helpers that the forward convolution's kernels share.
#pragma once

#include "device/cuda/elements.cuh"
#include "ops/conv/conv_forward.cuda.h"

namespace lgv {

// Of what is already transformed to float32; the exponential is the fast one, some 2 units in the last place off: far below what bfloat16 keeps.
LGV_DEVICE float normed(float x, float a, float b, int silu) {
    const float v = fused(a, x, b);
    return silu ? __fdividef(v, 1.0f + __expf(-v)) : v;
}

LGV_DEVICE float load_as(const void* p, int64_t i, int is_float) {
    return is_float ? load(static_cast<const float*>(p) + i) : load(static_cast<const bf16*>(p) + i);
}
LGV_DEVICE void store_as(void* p, int64_t i, float v, int is_float) {
    if (is_float) {
        store(static_cast<float*>(p) + i, v);
    } else {
        store(static_cast<bf16*>(p) + i, v);
    }
}

// The numbers by which a channel of [x, x2] is scaled and moved.
struct ConvAffine {
    const float *a, *b;
};
LGV_DEVICE ConvAffine affine_of(const ConvArguments& p, int64_t image, int channel) {
    const float* a = p.affine + image * 2 * (p.c1 + p.c2) + channel;
    return {a, a + p.c1 + p.c2};
}

LGV_DEVICE void load_eight(const float* p, float (&v)[8]) {
    const float4 low = ld_global_nc(reinterpret_cast<const float4*>(p)), high = ld_global_nc(reinterpret_cast<const float4*>(p) + 1);
    v[0] = low.x, v[1] = low.y, v[2] = low.z, v[3] = low.w, v[4] = high.x, v[5] = high.y, v[6] = high.z, v[7] = high.w;
}

// Eight bfloat16 in 16 bytes, each scaled, moved and perhaps sent through silu.
LGV_DEVICE uint4 normed_eight(uint4 x, const float (&a)[8], const float (&b)[8], int silu) {
    const uint32_t in[4] = {x.x, x.y, x.z, x.w};
    uint32_t out[4];
#pragma unroll
    for (int i = 0; i < 4; ++i)
        out[i] = pack_bf16(normed(low_of(in[i]), a[2 * i], b[2 * i], silu), normed(high_of(in[i]), a[2 * i + 1], b[2 * i + 1], silu));
    return make_uint4(out[0], out[1], out[2], out[3]);
}

// scale * (sum + time + residual), in this order in every form; the bias is in the sum.
LGV_DEVICE float finished(const ConvArguments& p, float sum, int64_t image, int64_t pixel, int k, int is_float) {
    if (p.time != nullptr) sum += load_as(p.time, image * p.k + k, is_float);
    if (p.residual != nullptr) sum += load_as(p.residual, pixel * p.k + k, is_float);
    return __fmul_rn(sum, p.scale);
}

}  // namespace lgv
