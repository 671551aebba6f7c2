// wgmma: descriptors, swizzles, transposes, A from registers, accumulating or not, two groups of which one stays under way.
#include "conformance.h"
#include "device/cuda/ptx.cuh"

namespace conformance {

namespace {

using namespace lgv;

#if !defined(__CUDA_ARCH__) || defined(__CUDA_ARCH_FEAT_SM90_ALL)
#define CONFORMANCE_SM90A 1
#endif

struct Operand {
    uint32_t offset, leading, other;
};

[[maybe_unused]] constexpr uint32_t halves = 24576;

[[maybe_unused]] LGV_DEVICE uint32_t pattern(uint32_t i) { return to_bf16(float(int((i * 7 + i / 64 * 3 + i / 1024) % 17) - 8)).bits; }

template <int n, int transpose_a, int transpose_b, bool registers>
__global__ void conformance_wgmma(uint32_t* out, Operand a, Operand b, uint32_t swizzle, int accumulate) {
#ifdef CONFORMANCE_SM90A
    const uint32_t base = (shared_address(dynamic_shared()) + 1023) & ~1023u, t = threadIdx.x;
    for (uint32_t i = t; i < halves; i += 128) st_shared(base + 2 * i, uint16_t(pattern(i)));
    fence_proxy_async();
    __syncthreads();
    const uint64_t da = wgmma_descriptor(base + a.offset, a.leading, a.other, Swizzle(swizzle)), db = wgmma_descriptor(base + 24576 + b.offset, b.leading, b.other, Swizzle(swizzle));
    uint32_t ra[4];
    for (uint32_t k = 0; k < 4; ++k) ra[k] = pattern(t * 8 + 2 * k) | pattern(t * 8 + 2 * k + 1) << 16;
    float d[n / 2];
    for (uint32_t k = 0; k < n / 2; ++k) d[k] = float((k + t) % 5);
    wgmma_fence();
    if constexpr (registers) wgmma_m64k16_bf16<n, transpose_b>(d, ra, db, accumulate);
    else wgmma_m64k16_bf16<n, transpose_a, transpose_b>(d, da, db, accumulate);
    wgmma_commit();
    if constexpr (registers) wgmma_m64k16_bf16<n, transpose_b>(d, ra, db, 1);
    else wgmma_m64k16_bf16<n, transpose_a, transpose_b>(d, da, db, 1);
    wgmma_commit();
    wgmma_wait<1>();
    wgmma_wait<0>();
    for (uint32_t k = 0; k < n / 2; ++k) out[t * (n / 2) + k] = bits_of(d[k]);
#endif
}

// Gives registers back and takes some of them again: what the warps keep stays as it was.
__global__ void __launch_bounds__(256, 1) conformance_registers(uint32_t* out, const uint32_t* in) {
#ifdef CONFORMANCE_SM90A
    const uint32_t kept = in[threadIdx.x];
    registers_decrease<24>();
    registers_increase<40>();
    out[threadIdx.x] = kept * 3;
#endif
}

template <int n, int transpose_a, int transpose_b, bool registers>
Line line(Operand a, Operand b, Swizzle swizzle, int accumulate = 1) {
    const char* names[] = {"none", "128", "64", "32"};
    std::string name = "wgmma n" + std::to_string(n) + (registers ? " a in registers" : transpose_a ? " a M-major" : " a K-major") + (transpose_b ? ", b N-major" : ", b K-major") +
                       ", swizzle " + names[int(swizzle)] + " +" + std::to_string(registers ? 0 : a.offset) + " +" + std::to_string(b.offset) + (accumulate ? "" : ", fresh");
    return {name,
            [=](uint32_t* out, const uint32_t*) {
                lgv::launch(conformance_wgmma<n, transpose_a, transpose_b, registers>, dim3(1), dim3(128), 65536, nullptr, out, a, b, uint32_t(swizzle), accumulate);
            },
            64 * n};
}

}  // namespace

std::vector<Line> wgmma_lines() {
    return {
        line<64, 0, 0, false>({0, 16, 1024}, {0, 16, 1024}, Swizzle::bytes128),
        line<64, 0, 0, false>({32, 16, 1024}, {96, 16, 1024}, Swizzle::bytes128),
        line<128, 0, 0, false>({64, 16, 2048}, {32, 16, 1024}, Swizzle::bytes128),
        line<128, 0, 0, false>({64, 16, 2048}, {32, 16, 1024}, Swizzle::bytes128, 0),
        line<64, 0, 0, false>({0, 16, 512}, {32, 16, 512}, Swizzle::bytes64),
        line<64, 0, 0, false>({0, 16, 256}, {0, 16, 256}, Swizzle::bytes32),
        line<64, 0, 0, false>({0, 128, 256}, {0, 128, 256}, Swizzle::none),
        line<128, 0, 0, false>({0, 1024, 128}, {0, 2048, 128}, Swizzle::none),
        line<64, 1, 1, false>({0, 1024, 2048}, {0, 1024, 2048}, Swizzle::bytes128),
        line<128, 1, 1, false>({0, 4096, 1024}, {0, 4096, 1024}, Swizzle::bytes128),
        line<64, 0, 1, false>({0, 16, 1024}, {0, 2048, 1024}, Swizzle::bytes128),
        line<64, 1, 0, false>({0, 2048, 1024}, {0, 16, 1024}, Swizzle::bytes128),
        line<128, 0, 1, false>({0, 16, 1024}, {0, 4096, 1024}, Swizzle::bytes128),
        line<64, 1, 1, false>({0, 512, 1024}, {0, 512, 1024}, Swizzle::bytes64),
        line<64, 1, 1, false>({0, 256, 1024}, {0, 256, 1024}, Swizzle::bytes32),
        line<64, 1, 1, false>({0, 128, 256}, {0, 1024, 128}, Swizzle::none),
        line<64, 0, 0, true>({}, {0, 16, 1024}, Swizzle::bytes128),
        line<128, 0, 0, true>({}, {64, 16, 1024}, Swizzle::bytes128),
        line<128, 0, 1, true>({}, {0, 4096, 1024}, Swizzle::bytes128),
        line<64, 0, 0, true>({}, {0, 128, 256}, Swizzle::none, 0),
        {"registers_decrease, registers_increase", [](uint32_t* out, const uint32_t* in) { lgv::launch(conformance_registers, dim3(1), dim3(256), 0, nullptr, out, in); }, 256},
    };
}

}  // namespace conformance
