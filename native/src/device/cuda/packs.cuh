// Values as they are loaded: a pack of 16 bytes where a tensor's rows allow it, else one number. Kept as loaded (raw), several packs can be under way before the
// first is unpacked.
#pragma once

#include <type_traits>

#include "device/cuda/elements.cuh"

namespace lgv {

// V numbers of T: V is pack_size<T> or 1.
template <class T, int V>
using RawPack = std::conditional_t<V == 1, T, uint4>;

template <class T, int V>
LGV_DEVICE RawPack<T, V> load_raw(const T* p) {
    static_assert(V == 1 || V == pack_size<T>, "a pack is 16 bytes, or one number");
    return ld_global_nc(reinterpret_cast<const RawPack<T, V>*>(p));
}

template <class T, int V>
LGV_DEVICE RawPack<T, V> no_pack() {
    if constexpr (V > 1) {
        return make_uint4(0, 0, 0, 0);
    } else {
        return T{};
    }
}

template <class T, int V>
LGV_DEVICE void unpack(const RawPack<T, V>& raw, float (&v)[V]) {
    if constexpr (V == 8) {
        const uint32_t words[4] = {raw.x, raw.y, raw.z, raw.w};
        for (int i = 0; i < 4; ++i) v[2 * i] = low_of(words[i]), v[2 * i + 1] = high_of(words[i]);
    } else if constexpr (V == 4) {
        v[0] = float_of(raw.x), v[1] = float_of(raw.y), v[2] = float_of(raw.z), v[3] = float_of(raw.w);
    } else if constexpr (sizeof(T) == 2) {
        v[0] = to_float(raw);
    } else {
        v[0] = raw;
    }
}

template <class T, int V>
LGV_DEVICE void store_values(T* p, const float (&v)[V]) {
    if constexpr (V == 1) {
        store(p, v[0]);
    } else {
        store_pack(p, v);
    }
}

}  // namespace lgv
