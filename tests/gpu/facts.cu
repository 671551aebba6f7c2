// lgv_gpu_facts [--tiny]: what this GPU does at most, so that what kernels do can be told as a share of it. One line a fact: its name, the number, the unit.
//
//   copy          1 GiB read and 1 GiB written by 16-byte accesses; bytes of both
//   L2 to SM      a buffer of so many bytes read again and again, each time by another multiprocessor, so that no L1 holds it
//   mma.sync      m16n8k16 bf16 from registers, 8 accumulators a warp, 16 warps a multiprocessor
//   wgmma         m64nNk16 bf16 from shared memory, 4 warpgroups a multiprocessor, K of 64 deep (sm_90a alone); without and with the 128-byte swizzle
//   launches      500 empty kernels in a row, queued one by one and as one graph
//
// Numbers are random (zeros draw less power and run 13 % faster). Each is the median of several runs by CUDA's events, after a second of work for the clocks.
// --tiny: sizes that the emulator can do, to see that it runs; its numbers mean nothing.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "device/cuda/elements.cuh"
#include "device/cuda/graph.h"
#include "device/cuda/properties.h"
#include "device/cuda/stream.h"

namespace lgv {

namespace {

struct Size {
    bool tiny = false;
    int of(int whole, int small) const { return tiny ? small : whole; }
    int64_t bytes(int64_t whole, int64_t small) const { return tiny ? small : whole; }
};

void tell(const std::string& name, double value, const char* unit) {
    std::printf("%-44s %12.4g %s\n", name.c_str(), value, unit);
    std::fflush(stdout);
}

// Seconds of the GPU for what `work` queues.
double seconds(const CudaStream& stream, const Size& size, const std::function<void(Stream)>& work) {
    work(stream);
    stream.wait();
    std::vector<double> all;
    for (int i = 0; i < size.of(11, 1); ++i) {
        CudaEvent begin, end;
        begin.record(stream);
        work(stream);
        end.record(stream);
        end.wait();
        all.push_back(milliseconds_between(begin, end) * 1e-3);
    }
    std::sort(all.begin(), all.end());
    return std::max(all[all.size() / 2], 1e-9);
}

// ---- kernels ----

__global__ void __launch_bounds__(256) fill_with_noise(uint4* to, int64_t count) {
    for (int64_t i = int64_t(blockIdx.x) * 256 + threadIdx.x; i < count; i += int64_t(gridDim.x) * 256) {
        uint32_t words[4];
        for (uint32_t w = 0; w < 4; ++w) {  // two bfloat16 in +-[0.5, 1)
            uint32_t v = (uint32_t(i) * 4 + w) * 2654435761u;
            v ^= v >> 15, v *= 2246822519u, v ^= v >> 13;
            words[w] = (v & 0x807f807fu) | 0x3f003f00u;
        }
        st_global(to + i, make_uint4(words[0], words[1], words[2], words[3]));
    }
}

constexpr int in_flight = 4;  // 16-byte loads of a thread before it waits

__global__ void __launch_bounds__(256) copy_packs(const uint4* from, uint4* to, int64_t count) {
    const int64_t first = int64_t(blockIdx.x) * (256 * in_flight) + threadIdx.x;
    uint4 v[in_flight];
#pragma unroll
    for (int i = 0; i < in_flight; ++i) {
        if (first + 256 * i < count) v[i] = ld_global_nc(from + first + 256 * i);
    }
#pragma unroll
    for (int i = 0; i < in_flight; ++i) {
        if (first + 256 * i < count) st_global(to + first + 256 * i, v[i]);
    }
}

// Block b reads part b + pass * step of `parts` equal ones, each of a multiple of 512 * in_flight packs.
__global__ void __launch_bounds__(512) read_parts(const uint4* from, int64_t part, int parts, int passes, int step, uint32_t* out) {
    uint32_t sum = 0;
    for (int pass = 0; pass < passes; ++pass) {
        const uint4* mine = from + int64_t((int(blockIdx.x) + pass * step) % parts) * part + threadIdx.x;
        for (int64_t i = 0; i < part; i += 512 * in_flight) {
            uint4 v[in_flight];
#pragma unroll
            for (int j = 0; j < in_flight; ++j) v[j] = ld_global(mine + i + 512 * j);
#pragma unroll
            for (int j = 0; j < in_flight; ++j) sum ^= v[j].x ^ v[j].y ^ v[j].z ^ v[j].w;
        }
    }
    if (sum == 0x12345678u) st_global(out, sum);  // so that the reads are wanted
}

__global__ void __launch_bounds__(512) multiply_registers(const uint4* from, int times, float* out) {
    const uint4 a4 = ld_global_nc(from + threadIdx.x), b4 = ld_global_nc(from + 512 + threadIdx.x);
    const uint32_t a[4] = {a4.x, a4.y, a4.z, a4.w};
    float d[8][4] = {};
    for (int i = 0; i < times; ++i) {
#pragma unroll
        for (int j = 0; j < 8; ++j) mma_m16n8k16_bf16(d[j], a, j % 2 == 0 ? b4.x : b4.z, j % 2 == 0 ? b4.y : b4.w);
    }
    float sum = 0;
#pragma unroll
    for (int j = 0; j < 8; ++j) sum += d[j][0] + d[j][1] + d[j][2] + d[j][3];
    if (sum == 0x1p-100f) st_global(out, sum);
}

constexpr int wgmma_depth = 64;  // K of the tiles in shared memory

template <int N>
__global__ void __launch_bounds__(128) multiply_shared([[maybe_unused]] const uint4* from, [[maybe_unused]] int times, [[maybe_unused]] bool swizzled, [[maybe_unused]] float* out) {
#if !defined(__CUDA_ARCH__) || defined(__CUDA_ARCH_FEAT_SM90_ALL)
    constexpr int packs = (64 + N) * wgmma_depth / 8;
    // 1024 bytes: what a swizzled tile begins at.
    const uint32_t shared = (shared_address(dynamic_shared()) + 1023u) / 1024u * 1024u;
    for (int i = int(threadIdx.x); i < packs; i += 128) st_shared(shared + 16u * uint32_t(i), ld_global_nc(from + i));
    fence_proxy_async();
    __syncthreads();
    const uint32_t a = shared, b = shared + 64 * wgmma_depth * 2;
    // Without: chunks of 8 of K, in each the rows one after the other. With: 8 rows of 128 bytes make 1024, K goes on inside the row.
    const uint64_t a0 = swizzled ? wgmma_descriptor(a, 16, 1024, Swizzle::bytes128) : wgmma_descriptor(a, 64 * 16, 128, Swizzle::none);
    const uint64_t b0 = swizzled ? wgmma_descriptor(b, 16, 1024, Swizzle::bytes128) : wgmma_descriptor(b, N * 16, 128, Swizzle::none);
    const uint64_t a_step = (swizzled ? 32 : 2 * 64 * 16) >> 4, b_step = (swizzled ? 32 : 2 * N * 16) >> 4;
    float d[N / 2];
    for (int i = 0; i < times; ++i) {
        wgmma_fence();
#pragma unroll
        for (int k = 0; k < wgmma_depth / 16; ++k) wgmma_m64k16_bf16<N>(d, a0 + uint64_t(k) * a_step, b0 + uint64_t(k) * b_step, i + k > 0);
        wgmma_commit();
        wgmma_wait<0>();
    }
    float sum = 0;
#pragma unroll
    for (int i = 0; i < N / 2; ++i) sum += d[i];
    if (sum == 0x1p-100f) st_global(out, sum);
#endif
}

__global__ void __launch_bounds__(32) do_nothing() {}

// ---- facts ----

void tell_copy(const CudaStream& stream, const Size& size) {
    const int64_t bytes = size.bytes(int64_t(1) << 30, 1 << 16), count = bytes / 16;
    const DeviceMemory from(bytes), to(bytes);
    launch(fill_with_noise, dim3(unsigned(size.of(1024, 2))), dim3(256), 0, stream, reinterpret_cast<uint4*>(from.data()), count);
    const double time = seconds(stream, size, [&](Stream s) {
        launch(copy_packs, dim3(unsigned((count + 256 * in_flight - 1) / (256 * in_flight))), dim3(256), 0, s, reinterpret_cast<const uint4*>(from.data()),
               reinterpret_cast<uint4*>(to.data()), count);
    });
    tell("copy, read and written", 2e-12 * double(bytes) / time, "TB/s");
}

void tell_l2(const CudaStream& stream, const Size& size, const CudaDevice& device) {
    const int parts = size.of(2 * device.multiprocessors, 4), passes = size.of(64, 2);
    for (const int mib : {4, 8, 16, 24, 32, 40, 48, 64, 96}) {
        if (size.tiny && mib > 4) break;
        const int64_t step = 512 * in_flight;
        const int64_t part = size.tiny ? step : std::max<int64_t>(1, (int64_t(mib) << 20) / 16 / parts / step) * step;
        const DeviceMemory from(part * parts * 16), out(16);
        launch(fill_with_noise, dim3(unsigned(size.of(1024, 2))), dim3(256), 0, stream, reinterpret_cast<uint4*>(from.data()), part * parts);
        const double time = seconds(stream, size, [&](Stream s) {
            launch(read_parts, dim3(unsigned(parts)), dim3(512), 0, s, reinterpret_cast<const uint4*>(from.data()), part, parts, passes, 37, reinterpret_cast<uint32_t*>(out.data()));
        });
        tell(text("L2 to SM, ", double(part * parts * 16) / double(1 << 20), " MiB"), 16e-12 * double(part) * parts * passes / time, "TB/s");
    }
}

void tell_mma(const CudaStream& stream, const Size& size, const CudaDevice& device) {
    const DeviceMemory from(16 * 1024), out(16);
    launch(fill_with_noise, dim3(2), dim3(256), 0, stream, reinterpret_cast<uint4*>(from.data()), 1024);
    const int times = size.of(20'000, 2), blocks = size.of(device.multiprocessors, 1);
    const double time = seconds(stream, size, [&](Stream s) {
        launch(multiply_registers, dim3(unsigned(blocks)), dim3(512), 0, s, reinterpret_cast<const uint4*>(from.data()), times, reinterpret_cast<float*>(out.data()));
    });
    tell("mma.sync m16n8k16 bf16", 1e-12 * 2 * 16 * 8 * 16 * 8 * 16 * double(times) * blocks / time, "TFLOP/s");
}

template <int N>
void tell_wgmma(const CudaStream& stream, const Size& size, const CudaDevice& device) {
    const int64_t bytes = (64 + N) * wgmma_depth * 2;
    const DeviceMemory from(bytes), out(16);
    launch(fill_with_noise, dim3(2), dim3(256), 0, stream, reinterpret_cast<uint4*>(from.data()), bytes / 16);
    const int times = size.of(5'000, 2), blocks = size.of(4 * device.multiprocessors, 1);
    for (const bool swizzled : {false, true}) {
        const double time = seconds(stream, size, [&](Stream s) {
            launch(multiply_shared<N>, dim3(unsigned(blocks)), dim3(128), bytes + 1024, s, reinterpret_cast<const uint4*>(from.data()), times, swizzled,
                   reinterpret_cast<float*>(out.data()));
        });
        tell(text("wgmma m64n", N, "k16 bf16", swizzled ? ", swizzled" : ""), 1e-12 * 2 * 64 * N * wgmma_depth * double(times) * blocks / time, "TFLOP/s");
    }
}

void tell_launches(const CudaStream& stream, const Size& size) {
    const int kernels = size.of(500, 3);
    const auto queue = [&](Stream s) {
        for (int i = 0; i < kernels; ++i) launch(do_nothing, dim3(1), dim3(32), 0, s);
    };
    tell("an empty kernel, queued", 1e6 * seconds(stream, size, queue) / kernels, "us");
    const CudaGraph graph(stream, queue);
    tell("an empty kernel, in a graph", 1e6 * seconds(stream, size, [&](Stream s) { graph.launch(s); }) / kernels, "us");
}

int tell_all(const Size& size) {
    const CudaDevices devices = cuda_devices();
    if (devices.all.empty()) {
        std::printf("skipped: no CUDA device (%s)\n", devices.why.c_str());
        return 0;
    }
    const CudaDevice& device = devices.all.front();
    std::printf("%s\n", device.description().c_str());
    tell("shared memory of a block", double(device.shared_bytes) / 1024, "KiB");
    tell("L2", double(device.l2_bytes) / double(1 << 20), "MiB");
    const CudaStream stream;
    tell_copy(stream, size);
    tell_l2(stream, size, device);
    tell_mma(stream, size, device);
    if (device.capability == 90) {
        tell_wgmma<64>(stream, size, device);
        tell_wgmma<128>(stream, size, device);
    }
    tell_launches(stream, size);
    return 0;
}

}  // namespace

}  // namespace lgv

int main(int count, char** arguments) {
    const bool tiny = count == 2 && std::strcmp(arguments[1], "--tiny") == 0;
    if (count > 1 && !tiny) {
        std::fprintf(stderr, "usage: lgv_gpu_facts [--tiny]\n");
        return 2;
    }
    try {
        return lgv::tell_all({.tiny = tiny});
    } catch (const std::exception& error) {
        std::fprintf(stderr, "error: %s\n", error.what());
        return 1;
    }
}
