// pictures[n, h, w, c] = byte_of(x_n[c, h, w]): picture.h. x_n: [C, H, W] float32, each anywhere; pictures: [N, H, W, C] bytes.
//
// All images are one row of bytes. A thread makes a word of it, 4 bytes that lie side by side, of 4 / C pixels: 4 sectors of x for one in the first level of the cache, and
// wherever the row begins, a word is one thread's. 5 bytes a number move: bound by memory, or for small pictures by the launch.
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
constexpr int64_t most_numbers = (int64_t{1} << 31) - 2 * block_numbers;  // of a launch: they are counted in 32 bits

__global__ void LGV_BLOCK_OF(threads) step_write_pictures(PictureSources sources, int total, unsigned elements, unsigned pixels, unsigned channels, uint8_t* pictures) {
    const int at = int(blockIdx.x * block_numbers + threadIdx.x * quad) - int(reinterpret_cast<uintptr_t>(pictures) % quad);  // the word's first byte
    const int begin = at < 0 ? 0 : at, end = total - at < quad ? total : at + quad;
    if (begin >= end) return;
    unsigned image = unsigned(begin) / elements;
    unsigned p = (unsigned(begin) - image * elements) / channels, c = unsigned(begin) - image * elements - p * channels;
    uint32_t bytes = 0;
#pragma unroll
    for (int i = 0; i < quad; ++i) {
        if (at + i < begin || at + i >= end) continue;
        bytes |= byte_of(ld_global(sources.x[image] + int64_t(c) * pixels + p)) << 8 * i;
        if (++c == channels) c = 0, ++p;
        if (p == pixels) p = 0, ++image;
    }
    if (end - begin == quad) {
        st_global(reinterpret_cast<uint32_t*>(pictures + at), bytes);
    } else {
        for (int i = begin; i < end; ++i) pictures[i] = uint8_t(bytes >> 8 * (i - at));
    }
}

}  // namespace

int32_t pictures_a_launch(const Shape& image) {
    const int64_t fit = most_numbers / image.per_image();
    expect(fit >= 1, Code::unsupported, "pictures: an image of ", image.per_image(), " numbers, at most ", most_numbers, " can be written");
    return int32_t(fit < PictureSources::most ? fit : PictureSources::most);
}

void write_pictures(const PictureSources& sources, int32_t count, const Shape& image, uint8_t* pictures, Stream stream) {
    expect(count >= 1 && count <= pictures_a_launch(image), Code::argument, "pictures: ", count, " images, wanted 1 to ", pictures_a_launch(image));
    const int64_t total = count * image.per_image();
    launch(step_write_pictures, dim3(unsigned((total + quad + block_numbers - 1) / block_numbers)), dim3(threads), 0, stream, sources, int(total), unsigned(image.per_image()),
           unsigned(image.h * image.w), unsigned(image.c), pictures);
}

}  // namespace lgv
