// Numbers of the types that values have, one at a time or in packs of 16 bytes. Computing is in float32.
#pragma once

#include "device/cuda/ptx.cuh"

namespace lgv {

LGV_DEVICE float load(const float* p) { return ld_global_nc(p); }
LGV_DEVICE float load(const bf16* p) { return to_float(ld_global_nc(p)); }
LGV_DEVICE void store(float* p, float v) { st_global(p, v); }
LGV_DEVICE void store(bf16* p, float v) { st_global(p, to_bf16(v)); }

// 16 bytes of them: 4 float32 or 8 bfloat16.
template <class T>
constexpr int pack_size = 16 / int(sizeof(T));

LGV_DEVICE void load_pack(const float* p, float (&v)[4]) {
    const float4 u = ld_global_nc(reinterpret_cast<const float4*>(p));
    v[0] = u.x, v[1] = u.y, v[2] = u.z, v[3] = u.w;
}
LGV_DEVICE void load_pack(const bf16* p, float (&v)[8]) {
    const uint4 u = ld_global_nc(reinterpret_cast<const uint4*>(p));
    const uint32_t words[4] = {u.x, u.y, u.z, u.w};
    for (int i = 0; i < 4; ++i) v[2 * i] = low_of(words[i]), v[2 * i + 1] = high_of(words[i]);
}
LGV_DEVICE void store_pack(float* p, const float (&v)[4]) { st_global(reinterpret_cast<float4*>(p), make_float4(v[0], v[1], v[2], v[3])); }
LGV_DEVICE void store_pack(bf16* p, const float (&v)[8]) {
    st_global(reinterpret_cast<uint4*>(p), make_uint4(pack_bf16(v[0], v[1]), pack_bf16(v[2], v[3]), pack_bf16(v[4], v[5]), pack_bf16(v[6], v[7])));
}

}  // namespace lgv
