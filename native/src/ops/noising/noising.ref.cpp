#include <algorithm>
#include <cmath>
#include <vector>

#include "base/philox.h"
#include "ops/noising/noising.h"

namespace lgv {

namespace {

// x0 at (c, y, x).
float clean_of(const NoisedImage& image, const Shape& shape, int64_t c, int64_t y, int64_t x) {
    const int64_t at = (c * shape.h + y) * shape.w + (image.flip ? shape.w - 1 - x : x);
    if (!image.bytes) return static_cast<const float*>(image.pixels)[at];
    return float(double(static_cast<const uint8_t*>(image.pixels)[at]) / 127.5 - 1);
}

}  // namespace

void noise_images_reference(std::span<const NoisedImage> images, const Shape& shape, float* net_x, float* target) {
    const int64_t elements = shape.per_image();
    std::vector<float> made(static_cast<size_t>(elements));
    for (const NoisedImage& image : images) {
        const float u = target == nullptr ? 0 : image.u, v = target == nullptr ? 0 : image.v;
        const bool reads_x0 = (image.s != 0 && image.a != 0) || u != 0, reads_z = (image.s != 0 && image.b != 0) || v != 0;
        const float* z = image.noise;
        if (reads_z && z == nullptr) {
            philox_normals(image.seed, 0, Purpose::train_noise, 0, elements, made.data());
            z = made.data();
        }
        for (int64_t y = 0; y < shape.h; ++y)
            for (int64_t x = 0; x < shape.w; ++x)
                for (int64_t c = 0; c < shape.c; ++c) {
                    const float x0 = reads_x0 ? clean_of(image, shape, c, y, x) : 0;
                    const float noise = reads_z ? z[(c * shape.h + y) * shape.w + x] : 0;
                    // An operand that is not read is 0 above, unless the other sum reads it.
                    const auto sum = [&](float of_x0, float of_noise) {
                        const float part = of_noise == 0 ? 0 : of_noise * noise;
                        return of_x0 == 0 ? part : std::fma(of_x0, x0, part);
                    };
                    *net_x++ = image.s == 0 ? 0 : image.s * sum(image.a, image.b);
                    if (target != nullptr) *target++ = sum(u, v);
                }
    }
}

}  // namespace lgv
