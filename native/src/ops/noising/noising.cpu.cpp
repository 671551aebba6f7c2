#include <algorithm>
#include <cstring>

#include "base/philox.h"
#include "ops/noising/noising.h"
#include "ops/step/kernels.h"

namespace lgv {

namespace {

// A task: so many pixels of one image, of which `chunk` are a line: it and its noise stay in the first-level cache.
constexpr int64_t task_pixels = 4096;
constexpr int64_t chunk = 1024;

bool makes_x(const NoisedImage& image) { return image.s != 0; }
bool reads_x0(const NoisedImage& image, bool aims) { return (makes_x(image) && image.a != 0) || (aims && image.u != 0); }
bool reads_noise(const NoisedImage& image, bool aims) { return (makes_x(image) && image.b != 0) || (aims && image.v != 0); }

// (2 byte - 255) / 255: byte / 127.5 - 1 with one rounding.
void widen(const uint8_t* from, int64_t n, float* to) {
    for (int64_t i = 0; i < n; ++i) to[i] = float(2 * int32_t(from[i]) - 255) / 255.0f;
}
void widen(const float* from, int64_t n, float* to) { std::memcpy(to, from, size_t(n) * sizeof(float)); }

// Pixels first .. first + n - 1 of a plane, its rows mirrored where they shall be.
template <class Pixel>
void read_plane(const Pixel* plane, bool flip, int64_t width, int64_t first, int64_t n, float* to) {
    if (!flip) return widen(plane + first, n, to);
    while (n > 0) {
        const int64_t x = first % width, run = std::min(width - x, n);
        widen(plane + first - x + width - x - run, run, to);  // columns x .. x + run - 1 come from the mirror's other side
        std::reverse(to, to + run);
        to += run, first += run, n -= run;
    }
}

// of_x0 * x0 + of_noise * noise; what has no coefficient is not read.
void add_up(float of_x0, const float* x0, float of_noise, const float* noise, int64_t n, float* sum) {
    if (of_noise != 0) {
        step_kernels::multiply(sum, of_noise, noise, n);
        if (of_x0 != 0) step_kernels::multiply_add(sum, of_x0, x0, n);
    } else if (of_x0 != 0) {
        step_kernels::multiply(sum, of_x0, x0, n);
    } else {
        std::fill_n(sum, n, 0.0f);
    }
}

void spread(float factor, const float* line, int64_t n, int64_t channels, float* to) {
    for (int64_t i = 0; i < n; ++i) to[i * channels] = factor * line[i];
}

// Pixels first .. first + n - 1 of channel c; net_x and target begin with the first of them.
void noise_line(const NoisedImage& image, const Shape& shape, int64_t c, int64_t first, int64_t n, float* net_x, float* target) {
    const int64_t at = c * shape.h * shape.w;
    float x0[chunk], made[chunk], sum[chunk];
    const bool aims = target != nullptr;
    if (reads_x0(image, aims)) {
        if (image.bytes)
            read_plane(static_cast<const uint8_t*>(image.pixels) + at, image.flip, shape.w, first, n, x0);
        else
            read_plane(static_cast<const float*>(image.pixels) + at, image.flip, shape.w, first, n, x0);
    }
    const float* noise = image.noise != nullptr ? image.noise + at + first : made;
    if (image.noise == nullptr && reads_noise(image, aims)) philox_normals(image.seed, 0, Purpose::train_noise, at + first, n, made);

    if (makes_x(image))
        add_up(image.a, x0, image.b, noise, n, sum);
    else
        std::fill_n(sum, n, 0.0f);
    spread(image.s, sum, n, shape.c, net_x + c);
    if (!aims) return;
    add_up(image.u, x0, image.v, noise, n, sum);
    spread(1, sum, n, shape.c, target + c);
}

}  // namespace

void noise_images(ThreadTeam& team, std::span<const NoisedImage> images, const Shape& shape, float* net_x, float* target) {
    const int64_t pixels = shape.h * shape.w, blocks = (pixels + task_pixels - 1) / task_pixels;
    team.run(int64_t(images.size()) * blocks, [&](int64_t task, int) {
        const int64_t i = task / blocks, begin = task % blocks * task_pixels, end = std::min(begin + task_pixels, pixels);
        for (int64_t first = begin; first < end; first += chunk) {
            const int64_t to = (i * pixels + first) * shape.c;
            for (int64_t c = 0; c < shape.c; ++c)
                noise_line(images[size_t(i)], shape, c, first, std::min(chunk, end - first), net_x + to, target == nullptr ? nullptr : target + to);
        }
    });
}

}  // namespace lgv
