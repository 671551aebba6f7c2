// pictures[n, h, w, c] = byte_of(x_n[c, h, w]): picture.h. x_n: [C, H, W] float32, each anywhere; pictures: [N, H, W, C] bytes.
//
// A thread makes 4 bytes that lie side by side, which are of 4 / C pixels: 4 sectors of x for one in the first level of the cache, one write of whole words. 5 bytes a
// number move: bound by memory, or for small pictures by the launch.
#include <algorithm>

#include "base/error.h"
#include "device/cuda/kernel.cuh"
#include "device/cuda/ptx.cuh"
#include "ops/step/picture.h"
#include "ops/step/step.cuda.h"

namespace lgv {

namespace {

constexpr int threads = 256;
constexpr int quad = 4;
constexpr int block_numbers = threads * quad;

__global__ void __launch_bounds__(threads) step_write_pictures(PictureSources sources, unsigned elements, unsigned pixels, unsigned channels, uint8_t* pictures) {
    const unsigned at = blockIdx.x * block_numbers + threadIdx.x * quad;
    if (at >= elements) return;
    const float* x = sources.x[blockIdx.y];
    uint8_t* picture = pictures + int64_t(blockIdx.y) * elements + at;
    unsigned p = at / channels, c = at - p * channels;
    uint32_t bytes = 0;
    const int n = int(elements - at < quad ? elements - at : quad);
#pragma unroll
    for (int i = 0; i < quad; ++i) {
        if (i >= n) break;
        bytes |= byte_of(ld_global(x + int64_t(c) * pixels + p)) << 8 * i;
        if (++c == channels) c = 0, ++p;
    }
    if (n == quad && reinterpret_cast<uintptr_t>(picture) % quad == 0) {
        st_global(reinterpret_cast<uint32_t*>(picture), bytes);
    } else {
        for (int i = 0; i < n; ++i) picture[i] = uint8_t(bytes >> 8 * i);
    }
}

}  // namespace

void write_pictures(const PictureSources& sources, int32_t count, const Shape& image, uint8_t* pictures, Stream stream) {
    const int64_t elements = image.per_image();
    expect(count >= 1 && count <= PictureSources::most, Code::argument, "pictures: ", count, " images, wanted 1 to ", PictureSources::most);
    expect(elements < int64_t{1} << 31, Code::unsupported, "pictures: an image of ", elements, " numbers, fewer than 2^31 can be written");
    launch(step_write_pictures, dim3(unsigned((elements + block_numbers - 1) / block_numbers), unsigned(count)), dim3(threads), 0, stream, sources, unsigned(elements),
           unsigned(image.h * image.w), unsigned(image.c), pictures);
}

}  // namespace lgv
