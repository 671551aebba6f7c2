// x_t = s * (a*x0 + b*z)   target = u*x0 + v*z: noising.h, every operation rounded correctly and in its order.
// images, noise: [C, H, W]   x_t, target: [N, H, W, C]
//
// A block makes the noise of a tile of pixels and all their channels into shared memory, four normals a thread and counter of Philox, then goes through the tile in the
// order of the network's values. Pictures are read in that order too: their planes side by side, which the first-level cache makes whole sectors of.
// Bytes: one read of the picture, one write of x_t and of the target (counted: whole sectors); noise is never in memory. Bound by the normals, about 60 instructions each:
// beside them the 4-way bank conflict of putting four down does not show.
#include "ops/noising/noising.cuda.h"

#include <algorithm>

#include "base/error.h"
#include "base/philox.h"
#include "device/cuda/elements.cuh"

namespace lgv {

namespace {

constexpr int threads = 256;
constexpr int64_t tile_floats = 4096;
constexpr int64_t most_channels = 8192;  // a tile of one pixel

struct alignas(16) SharedImage {
    NoisedImage of;
};

// of_x0 * x0 + of_noise * z; what has no coefficient is left out.
LGV_DEVICE float sum_of(float of_x0, float x0, float of_noise, float z) {
    if (of_noise == 0) return of_x0 == 0 ? 0.0f : __fmul_rn(of_x0, x0);
    const float part = __fmul_rn(of_noise, z);
    return of_x0 == 0 ? part : fused(of_x0, x0, part);
}

template <class T>
__global__ void LGV_BLOCK_OF(threads) noising_forward_tiles(const NoisedImage* images, T* net_x, float* target, int channels, int width, int64_t pixels, int tile, int pitch,
                                                                 int tiles) {
    LGV_SHARED(shared, SharedImage);
    const int64_t n = blockIdx.x / unsigned(tiles);
    constexpr unsigned words = sizeof(NoisedImage) / 8;
    if (threadIdx.x < words) {
        reinterpret_cast<uint64_t*>(&shared)[threadIdx.x] = ld_global(reinterpret_cast<const uint64_t*>(images + n) + threadIdx.x);
    }
    __syncthreads();
    const NoisedImage& image = shared.of;
    auto* noise = static_cast<float*>(dynamic_shared());
    const int64_t first = int64_t(blockIdx.x - n * tiles) * tile;
    const int here = int(pixels - first < tile ? pixels - first : tile);
    const bool makes_x = image.s != 0;
    const bool makes_target = target != nullptr;
    const bool reads_x0 = (makes_x && image.a != 0) || (makes_target && image.u != 0), reads_noise = (makes_x && image.b != 0) || (makes_target && image.v != 0);

    if (reads_noise && image.noise != nullptr) {
        for (int c = 0; c < channels; ++c)
            for (int p = int(threadIdx.x); p < here; p += threads) noise[c * pitch + p] = ld_global_nc(image.noise + c * pixels + first + p);
    } else if (reads_noise) {
        // A counter's four numbers may begin before the tile, or end behind it.
        const int counters = tile / 4 + 2;
        for (int i = int(threadIdx.x); i < channels * counters; i += threads) {
            const int c = i / counters;
            const int64_t begin = c * pixels + first, counter = begin / 4 + (i - c * counters);
            if (4 * counter >= begin + here) continue;
            const PhiloxWords words4 = philox_words(image.seed, 0, Purpose::train_noise, uint32_t(counter));
            const TwoNormals left = two_normals(words4.w[0], words4.w[1]), right = two_normals(words4.w[2], words4.w[3]);
            const float z[4] = {left.first, left.second, right.first, right.second};
#pragma unroll
            for (int k = 0; k < 4; ++k) {
                const int64_t p = 4 * counter + k - begin;
                if (p >= 0 && p < here) noise[c * pitch + p] = z[k];
            }
        }
    }
    __syncthreads();

    const int64_t to = (n * pixels + first) * channels;
    for (int i = int(threadIdx.x); i < here * channels; i += threads) {
        const int p = i / channels, c = i - p * channels;
        float x0 = 0;
        if (reads_x0) {
            int64_t at = first + p;
            if (image.flip) {
                const int64_t y = at / width, x = at - y * width;
                at = y * width + (width - 1 - x);
            }
            at += c * pixels;
            // (2 byte - 255) / 255: byte / 127.5 - 1 with one rounding.
            x0 = image.bytes ? __fdiv_rn(float(2 * int32_t(static_cast<const uint8_t*>(image.pixels)[at]) - 255), 255.0f) : ld_global_nc(static_cast<const float*>(image.pixels) + at);
        }
        const float z = reads_noise ? noise[c * pitch + p] : 0.0f;
        store(net_x + to + i, makes_x ? __fmul_rn(image.s, sum_of(image.a, x0, image.b, z)) : 0.0f);
        if (makes_target) st_global(target + to + i, sum_of(image.u, x0, image.v, z));
    }
}

}  // namespace

void noise_images(Stream stream, const NoisedImage* images, int64_t count, const Shape& image, CudaType type, std::byte* net_x, float* target) {
    static_assert(sizeof(NoisedImage) % 8 == 0 && sizeof(NoisedImage) / 8 <= threads);
    if (count == 0) return;
    const int64_t pixels = image.h * image.w, channels = image.c;
    expect(channels <= most_channels, Code::unsupported, "noising: ", channels, " channels, at most ", most_channels, " can be turned");
    expect(type != CudaType::i32, Code::unsupported, "noising: x_t of ", name_of(type), "; it can be bfloat16 or float32");
    const int tile = int(std::clamp<int64_t>(tile_floats / channels, 1, std::min<int64_t>(pixels, 1024)));
    // 32 / channels past a multiple of 32: neighbours on channels lie that far apart in the banks.
    const int pitch = channels == 1 || tile == 1 ? tile : (tile + 31) / 32 * 32 + std::max(int(32 / channels), 1);
    const int64_t tiles = (pixels + tile - 1) / tile;
    expect(count * tiles < int64_t{1} << 31, Code::unsupported, "noising: ", count, " images of ", pixels, " pixels are more than 2^31 tiles");
    const auto queue = [&]<class T>(T* x) {
        launch(noising_forward_tiles<T>, dim3(unsigned(count * tiles)), dim3(threads), channels * pitch * int64_t(sizeof(float)), stream, images, x, target, int(channels),
               int(image.w), pixels, tile, pitch, int(tiles));
    };
    type == CudaType::bf16 ? queue(reinterpret_cast<bf16*>(net_x)) : queue(reinterpret_cast<float*>(net_x));
}

}  // namespace lgv
