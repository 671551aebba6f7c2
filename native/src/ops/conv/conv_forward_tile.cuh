// A block's tile of output pixels times output channels, for the kernels on matrix units: operands in shared memory, sums in registers, and how they end.
#pragma once

#include "ops/conv/conv_forward.cuh"

namespace lgv {

constexpr int conv_stages = 4;
constexpr int conv_row_bytes = conv_step * 2;  // of an operand in shared memory

// 16-byte chunk `chunk` of a row of a stage. Rows are 64 bytes: with chunks exchanged so, any 8 rows at one chunk lie in different banks.
LGV_DEVICE uint32_t swizzled(int row, int chunk) { return uint32_t(row * conv_row_bytes + ((chunk ^ (row >> 1 & 3)) << 4)); }

template <int Rows, int Columns, int WarpRows, int WarpColumns>
struct ConvShape {
    static constexpr int rows = Rows, columns = Columns, warp_rows = WarpRows, warp_columns = WarpColumns;
    static constexpr int warps_down = Rows / WarpRows, threads = warps_down * (Columns / WarpColumns) * 32;
    static constexpr uint32_t stage_bytes = (Rows + Columns) * conv_row_bytes;
    static constexpr int pitch = Columns + 8;  // floats of a row of sums in shared memory: 8 rows apart in different banks
    static constexpr int64_t shared_bytes() {
        const int64_t ring = conv_stages * int64_t(stage_bytes), sums = int64_t(Rows) * pitch * 4;
        return ring > sums ? ring : sums;
    }
};

template <class Tile>
using ConvSums = float[Tile::warp_rows / 16][Tile::warp_columns / 8][4];

template <class Tile>
LGV_DEVICE void clear(ConvSums<Tile>& sums) {
#pragma unroll
    for (auto& row : sums)
#pragma unroll
        for (auto& four : row)
#pragma unroll
            for (float& v : four) v = 0;
}

// A warp's sums to the tile of sums in shared memory.
template <class Tile>
LGV_DEVICE void put_down(const ConvSums<Tile>& sums, uint32_t shared, int warp_row, int warp_column, int lane) {
#pragma unroll
    for (int i = 0; i < Tile::warp_rows / 16; ++i)
#pragma unroll
        for (int j = 0; j < Tile::warp_columns / 8; ++j) {
            const int row = warp_row + i * 16 + (lane >> 2), column = warp_column + j * 8 + (lane & 3) * 2;
            const uint32_t at = shared + uint32_t((row * Tile::pitch + column) * 4);
            st_shared(at, make_float2(sums[i][j][0], sums[i][j][1]));
            st_shared(at + 8 * Tile::pitch * 4, make_float2(sums[i][j][2], sums[i][j][3]));
        }
}

LGV_DEVICE void read_eight(uint32_t at, float (&v)[8]) {
    const float4 low = ld_shared<float4>(at), high = ld_shared<float4>(at + 16);
    v[0] = low.x, v[1] = low.y, v[2] = low.z, v[3] = low.w, v[4] = high.x, v[5] = high.y, v[6] = high.z, v[7] = high.w;
}
LGV_DEVICE void write_eight(uint32_t at, const float (&v)[8]) {
    st_shared(at, make_float4(v[0], v[1], v[2], v[3])), st_shared(at + 16, make_float4(v[4], v[5], v[6], v[7]));
}

// Eight sums of a pixel to y, or to the partial sums of a split; on return v is what y holds.
LGV_DEVICE void store_eight(const ConvArguments& p, int64_t image, int pixel_of_image, int k, const float (&bias)[8], float (&v)[8]) {
    const int64_t pixel = image * p.pixels + pixel_of_image;
    const bool whole = p.k % conv_pack == 0;
    if (p.splits > 1) {
        float* to = p.partial + (int64_t(blockIdx.y) * p.images * p.pixels + pixel) * p.k + k;
        if (whole) {
            st_global(reinterpret_cast<float4*>(to), make_float4(v[0], v[1], v[2], v[3]));
            st_global(reinterpret_cast<float4*>(to) + 1, make_float4(v[4], v[5], v[6], v[7]));
        } else {
            for (int j = 0; j < 8; ++j)
                if (k + j < p.k) store(to + j, v[j]);
        }
        return;
    }
#pragma unroll
    for (int j = 0; j < 8; ++j) v[j] += bias[j];
    if (!whole) {
#pragma unroll
        for (int j = 0; j < 8; ++j) {
            if (k + j >= p.k) continue;
            v[j] = finished(p, v[j], image, pixel, k + j, false);
            store_as(p.y, pixel * p.k + k + j, v[j], p.y_is_float);
            if (!p.y_is_float) v[j] = to_float(to_bf16(v[j]));
        }
        return;
    }
    float added[8];
    if (p.time != nullptr) {
        load_pack(static_cast<const bf16*>(p.time) + image * p.k + k, added);
#pragma unroll
        for (int j = 0; j < 8; ++j) v[j] += added[j];
    }
    if (p.residual != nullptr) {
        load_pack(static_cast<const bf16*>(p.residual) + pixel * p.k + k, added);
#pragma unroll
        for (int j = 0; j < 8; ++j) v[j] += added[j];
    }
#pragma unroll
    for (int j = 0; j < 8; ++j) v[j] = __fmul_rn(v[j], p.scale);
    if (p.y_is_float) {
        float* to = static_cast<float*>(p.y) + pixel * p.k + k;
        st_global(reinterpret_cast<float4*>(to), make_float4(v[0], v[1], v[2], v[3]));
        st_global(reinterpret_cast<float4*>(to) + 1, make_float4(v[4], v[5], v[6], v[7]));
        return;
    }
    uint32_t words[4];
#pragma unroll
    for (int j = 0; j < 4; ++j) {
        words[j] = pack_bf16(v[2 * j], v[2 * j + 1]);
        v[2 * j] = low_of(words[j]), v[2 * j + 1] = high_of(words[j]);
    }
    st_global(reinterpret_cast<uint4*>(static_cast<bf16*>(p.y) + pixel * p.k + k), make_uint4(words[0], words[1], words[2], words[3]));
}

// The rows of the tile of sums to y, 8 channels a thread. pixel_of(row): the row's pixel, or an image of -1 where there is none.
struct ConvPixel {
    int64_t image;
    int of_image;
};
template <class Tile, class PixelOf>
LGV_DEVICE void store_rows(const ConvArguments& p, uint32_t shared, int first_column, const PixelOf& pixel_of) {
    constexpr int packs_across = Tile::columns / conv_pack;
    const int column = int(threadIdx.x) % packs_across * conv_pack, k = first_column + column;
    if (k < p.k) {
        float bias[8];
#pragma unroll
        for (int j = 0; j < 8; ++j) bias[j] = p.bias != nullptr && k + j < p.k ? ld_global_nc(p.bias + k + j) : 0.0f;
        for (int row = int(threadIdx.x) / packs_across; row < Tile::rows; row += Tile::threads / packs_across) {
            const ConvPixel pixel = pixel_of(row);
            if (pixel.image < 0) continue;
            const uint32_t at = shared + uint32_t((row * Tile::pitch + column) * 4);
            float v[8];
            read_eight(at, v);
            store_eight(p, pixel.image, pixel.of_image, k, bias, v);
            if (p.statistics != nullptr) write_eight(at, v);
        }
    }
}

}  // namespace lgv
