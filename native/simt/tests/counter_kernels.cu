#include "counter_kernels.h"

#include "device/cuda/elements.cuh"

namespace simt_tests {

namespace {

using namespace lgv;

template <int RowFloats>
__global__ void transpose_tile(float* out, const float* in) {
    LGV_SHARED(t, float[32][RowFloats]);
    const int x = int(threadIdx.x), y = int(threadIdx.y);
    const float v = in[y * 32 + x];
    t[y][x] = v;
    __syncthreads();
    const float w = t[x][y];
    out[y * 32 + x] = w;
}
constexpr Lines transpose_lines = {.global_read = __LINE__ - 6, .shared_write = __LINE__ - 5, .shared_read = __LINE__ - 3, .global_write = __LINE__ - 2};

__global__ void read_strided(int stride, float* out, const float* in) {
    const float v = in[int(threadIdx.x) * stride];
    out[threadIdx.x] = v;
}
constexpr Lines strided_lines = {.global_read = __LINE__ - 3, .global_write = __LINE__ - 2};

__global__ void pass_vectors(float* out, const float* in) {
    LGV_SHARED(t, float4[256]);
    const int i = int(threadIdx.x);
    const float4 v = ld_global(reinterpret_cast<const float4*>(in) + i);
    st_shared(shared_address(t) + uint32_t(i) * 16, v);
    __syncthreads();
    const float4 w = ld_shared<float4>(shared_address(t) + uint32_t(255 - i) * 16);
    st_global(reinterpret_cast<float4*>(out) + i, w);
}
constexpr Lines vector_lines = {.global_read = __LINE__ - 6, .shared_write = __LINE__ - 5, .shared_read = __LINE__ - 3, .global_write = __LINE__ - 2};

__global__ void load_matrices(int row_bytes, int repeats, float* out) {
    auto* rows = static_cast<unsigned char*>(dynamic_shared());
    const int lane = int(threadIdx.x);
    const uint32_t row = shared_address(rows) + uint32_t(lane * row_bytes);
    st_shared(row, make_uint4(0, 0, 0, 0));
    __syncwarp();
    float d[4] = {};
    for (int i = 0; i < repeats; ++i) {
        uint32_t r[4];
        ldmatrix_x4(r, row);
        mma_m16n8k16_bf16(d, r, r[0], r[1]);
    }
    out[lane] = d[0];
}
constexpr Lines matrix_lines = {.shared_write = __LINE__ - 10, .shared_read = __LINE__ - 5, .global_write = __LINE__ - 2};

__global__ void load_in_bulk(float* out, const float* in) {
    LGV_SHARED(t, float[256]);
    LGV_SHARED(barrier, uint64_t);
    const int i = int(threadIdx.x);
    const uint32_t bar = shared_address(&barrier);
    if (i == 0) {
        mbarrier_init(bar, 1);
        mbarrier_arrive_expect(bar, 1024);
        bulk_load(shared_address(t), in, 1024, bar);
    }
    __syncthreads();
    mbarrier_wait(bar, 0);
    out[i] = t[i];
}

__global__ void read_through_helper(float* out, const float* in) {
    const float v = load(in + threadIdx.x);
    store(out + threadIdx.x, v);
}
constexpr Lines helper_lines = {.global_read = __LINE__ - 3, .global_write = __LINE__ - 2};

}  // namespace

Lines run_transpose(bool padded, float* out, const float* in) {
    launch(padded ? transpose_tile<33> : transpose_tile<32>, dim3(1), dim3(32, 32), 0, nullptr, out, in);
    return transpose_lines;
}
Lines run_strided(int stride, float* out, const float* in) {
    launch(read_strided, dim3(1), dim3(256), 0, nullptr, stride, out, in);
    return strided_lines;
}
Lines run_vectors(float* out, const float* in) {
    launch(pass_vectors, dim3(1), dim3(256), 0, nullptr, out, in);
    return vector_lines;
}
Lines run_matrices(int row_bytes, int repeats, float* out) {
    launch(load_matrices, dim3(1), dim3(32), int64_t(32) * row_bytes, nullptr, row_bytes, repeats, out);
    return matrix_lines;
}
void run_bulk(float* out, const float* in) { launch(load_in_bulk, dim3(1), dim3(256), 0, nullptr, out, in); }
Lines run_helper(float* out, const float* in) {
    launch(read_through_helper, dim3(1), dim3(64), 0, nullptr, out, in);
    return helper_lines;
}

}  // namespace simt_tests
