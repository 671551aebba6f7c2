// y[n, p, c] = (scale * X[n, p, c] + shift) / divisor[n], X = [x, x2] side by side on C.
// x: [N, H, W, C]   x2: [N, H, W, C2]   divisor: [N]   y: [N, H, W, C + C2]   Product, sum and quotient are rounded one by one.
// One thread an element: it runs once or twice a step on a picture's own few channels. Bound by memory: one read and one write.
#include "ops/affine/affine.cuda.h"

#include "base/error.h"
#include "device/cuda/elements.cuh"

namespace lgv {

namespace {

template <class From, class To>
__global__ void LGV_BLOCK_OF(256) affine_forward_elements(const From* x, const From* x2, const float* divisors, To* y, int64_t pixels, int c1, int c2, float scale,
                                                               float shift, int64_t count) {
    const int64_t i = int64_t(blockIdx.x) * 256 + threadIdx.x;
    if (i >= count) return;
    const int channels = c1 + c2;
    const int64_t pixel = i / channels;
    const int c = int(i - pixel * channels);
    const float v = c < c1 ? load(x + pixel * c1 + c) : load(x2 + pixel * c2 + (c - c1));
    const float moved = __fadd_rn(__fmul_rn(scale, v), shift);
    store(y + i, divisors == nullptr ? moved : __fdiv_rn(moved, ld_global_nc(divisors + pixel / pixels)));
}

int64_t count_of(const CudaAffine& op, int64_t rows) { return rows * op.pixels * (op.c1 + op.c2); }
CudaGrid grid_of(const CudaAffine& op, int64_t rows) { return {(count_of(op, rows) + 255) / 256, 256}; }

template <class From, class To>
void run_as(const CudaAffine& op, const CudaLaunch& launch) {
    const int64_t count = count_of(op, launch.rows);
    lgv::launch(affine_forward_elements<From, To>, dim3(unsigned(grid_of(op, launch.rows).blocks)), dim3(256), 0, launch.stream, launch.at<From>(op.op.x), launch.at<From>(op.op.x2),
                launch.at<float>(op.op.divisor), launch.at<To>(op.out), op.pixels, op.c1, op.c2, op.op.scale, op.op.shift, count);
}

}  // namespace

CudaAffine lower(const Affine& op, Value out, const Shapes& shapes, const CudaTypes& types, CudaWeights&, const CudaTarget&) {
    const Shape& x = shapes[op.x];
    expect(!op.x2 || types[op.x2] == types[op.x], Code::unsupported, "affine: its sources are ", name_of(types[op.x]), " and ", op.x2 ? name_of(types[op.x2]) : "");
    return {.op = op, .out = out, .from = types[op.x], .to = types[out], .pixels = x.h * x.w, .c1 = int32_t(x.c), .c2 = op.x2 ? int32_t(shapes[op.x2].c) : 0};
}

CudaNeeds needs(const CudaAffine&) { return {}; }
std::string algorithm(const CudaAffine&) { return "elements"; }

std::vector<CudaCost> cost(const CudaAffine& op, int64_t rows) {
    const int64_t count = count_of(op, rows), read = count * size_of(op.from) + (op.op.divisor ? rows * 4 : 0), written = count * size_of(op.to);
    return {{.kernel = "affine_forward_elements", .grid = grid_of(op, rows), .registers = 32, .flops = 3 * count, .bytes_read = read, .bytes_written = written, .l2_bytes = read + written}};
}

void run(const CudaAffine& op, const CudaLaunch& launch) {
    if (op.from == CudaType::f32) return op.to == CudaType::f32 ? run_as<float, float>(op, launch) : run_as<float, bf16>(op, launch);
    return op.to == CudaType::f32 ? run_as<bf16, float>(op, launch) : run_as<bf16, bf16>(op, launch);
}

}  // namespace lgv
